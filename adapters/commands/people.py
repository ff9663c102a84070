"""`facecheckin people …`: register and enrol people from photographs on this machine."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from adapters import wiring
from adapters.commands.data_subjects import check_receipt, consent, erase, export, token
from adapters.commands.importing import import_rows, parse_or_fail
from adapters.commands.running import run
from adapters.commands.visible_words import VISIBLE_WORDS
from adapters.http.problems import CATALOGUE
from adapters.imports.people_csv import parse_people
from adapters.photographs import NotAPicture, as_jpeg
from adapters.settings import load_settings
from application.enrol_photographs import Photograph, PhotographAccepted
from application.register_person import PersonRegistered, UserIdTaken
from domain.person import ConsentMissing, Purpose


@click.group()
def people() -> None:
    """Register, enrol, list and erase people, and give them what is held on them."""


@people.command()
@click.argument("user_id", type=VISIBLE_WORDS)
@click.argument("name", type=VISIBLE_WORDS)
@click.argument("photographs", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--consent",
    "consents",
    type=click.Choice(("face", "emotion")),
    multiple=True,
    required=True,
    help="what they agreed to; may be given twice",
)
def add(user_id: str, name: str, photographs: tuple[Path, ...], consents: tuple[Purpose, ...]) -> None:
    """Register USER_ID as NAME and enrol their PHOTOGRAPHS; known already, they get more of them."""
    try:
        pictures = [Photograph(path.name, as_jpeg(path)) for path in photographs]
    except NotAPicture as error:
        raise click.ClickException(str(error)) from error

    async def work() -> int:
        async with wiring.open_services(load_settings()) as services:
            registered = await services.register_person(user_id=user_id, name=name, consents=consents)
            match registered:
                case PersonRegistered(person=person):
                    click.echo(f"{name} registered as {user_id}")
                case UserIdTaken():
                    known = await services.people.find(user_id)
                    assert known is not None
                    person = known
            outcomes = await services.enrol_photographs(person, pictures)
            if isinstance(outcomes, ConsentMissing):
                raise click.ClickException(f"{name} has not agreed to face recognition (--consent face)")
            assert isinstance(outcomes, list)
            for outcome in outcomes:
                if isinstance(outcome, PhotographAccepted):
                    click.echo(f"{outcome.name}: accepted")
                else:
                    click.echo(f"{outcome.name}: refused ({outcome.code}). {CATALOGUE[outcome.code].title}")
            return sum(isinstance(outcome, PhotographAccepted) for outcome in outcomes)

    if run(work()) == 0:
        raise click.ClickException("no photograph was accepted")


@people.command("list")
def list_() -> None:
    """Everybody who is registered."""
    table = Table("user id", "name", "templates", "id")

    async def work() -> None:
        async with wiring.open_people(load_settings()) as directory:
            for person in await directory.all():
                table.add_row(person.user_id, person.name, str(person.templates), str(person.id))

    run(work())
    Console().print(table)


@people.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Register people: FILE is CSV with the columns user_id, name and consents (none, or some of face and emotion)."""
    parsed = parse_or_fail(file, parse_people)
    import_rows(file, lambda services: services.import_people(parsed))


for command in (consent, erase, check_receipt, export, token):
    people.add_command(command)
