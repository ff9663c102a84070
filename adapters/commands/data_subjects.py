"""`facecheckin people consent|erase|check-receipt|export|token`: what a person may ask to be done with their data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO
from uuid import UUID

import click
import msgspec

from adapters import wiring
from adapters.commands.running import run
from adapters.data_subjects import DataSubjects
from adapters.settings import load_settings
from application.change_consent import ConsentStands
from application.erase_person import ErasureReceipt
from application.export_person import PersonExport
from application.people import PersonNotFound
from domain.person import PURPOSES, Purpose


@click.group()
def consent() -> None:
    """Give and withdraw consents, one purpose at a time."""


@consent.command()
@click.argument("user_id")
@click.argument("purpose", type=click.Choice(PURPOSES))
def give(user_id: str, purpose: Purpose) -> None:
    """USER_ID agrees to PURPOSE, in the words of the text that is in force."""

    async def work() -> ConsentStands | PersonNotFound:
        async with _subject(user_id) as (subjects, person):
            return await subjects.change_consent.give(person, purpose)

    _say(run(work()), user_id)


@consent.command()
@click.argument("user_id")
@click.argument("purpose", type=click.Choice(PURPOSES))
def withdraw(user_id: str, purpose: Purpose) -> None:
    """USER_ID agrees to PURPOSE no more; without `face` all their templates are purged at once."""

    async def work() -> ConsentStands | PersonNotFound:
        async with _subject(user_id) as (subjects, person):
            return await subjects.change_consent.withdraw(person, purpose)

    _say(run(work()), user_id)


@click.command()
@click.argument("user_id")
@click.confirmation_option(prompt="What is known about this person will be unreadable for good. Go on?")
def erase(user_id: str) -> None:
    """Erase USER_ID: templates, name and key. The history stays, without them. Prints a receipt, as JSON."""

    async def work() -> ErasureReceipt | PersonNotFound:
        async with _subject(user_id) as (subjects, person):
            return await subjects.erase_person(person)

    receipt = run(work())
    if isinstance(receipt, PersonNotFound):
        raise _nobody(user_id)
    click.echo(f"{user_id} was erased; keep the receipt, `people check-receipt` checks it", err=True)
    click.echo(_json(receipt))


@click.command("check-receipt")
@click.argument("receipt", type=click.File("rb"))
def check_receipt(receipt: BinaryIO) -> None:
    """Whether what the file RECEIPT (or `-`) says of an erasure still holds. Exits 1 where it does not."""
    try:
        given = msgspec.json.decode(receipt.read(), type=ErasureReceipt)
    except msgspec.DecodeError as error:
        raise click.ClickException(f"this is not a receipt: {error}") from error

    async def work() -> tuple[str, ...]:
        async with wiring.open_data_subjects(load_settings()) as subjects:
            return (await subjects.check_receipt(given)).wrong

    wrong = run(work())
    if wrong:
        raise click.ClickException("; ".join(wrong))
    click.echo(f"holds: erased at {given.erased_at:%Y-%m-%d %H:%M:%S} UTC, event {given.position}, nothing is left")


@click.command()
@click.argument("user_id")
def export(user_id: str) -> None:
    """Everything that is held on USER_ID, as JSON: events opened, templates as numbers, rows, consents, check-ins."""

    async def work() -> PersonExport | PersonNotFound:
        async with _subject(user_id) as (subjects, person):
            return await subjects.export_person(person)

    held = run(work())
    if isinstance(held, PersonNotFound):
        raise _nobody(user_id)
    click.echo(_json(held))


@click.command()
@click.argument("user_id")
def token(user_id: str) -> None:
    """A token by which USER_ID sees and changes what is theirs over HTTP. It is printed once and kept nowhere."""

    async def work() -> str:
        async with wiring.open_data_subjects(load_settings()) as subjects:
            person = await _find(subjects, user_id)
        async with wiring.open_tokens(load_settings()) as access:
            return (await access.create("person", "a person's own", subject=person)).token

    click.echo(run(work()))


@asynccontextmanager
async def _subject(user_id: str) -> AsyncIterator[tuple[DataSubjects, UUID]]:
    async with wiring.open_data_subjects(load_settings()) as subjects:
        yield subjects, await _find(subjects, user_id)


async def _find(subjects: DataSubjects, user_id: str) -> UUID:
    person = await subjects.people.find(user_id)
    if person is None:
        raise _nobody(user_id)
    return person


def _nobody(user_id: str) -> click.ClickException:
    return click.ClickException(f"nobody is registered as {user_id!r}")


def _say(outcome: ConsentStands | PersonNotFound, user_id: str) -> None:
    if isinstance(outcome, PersonNotFound):
        raise _nobody(user_id)
    click.echo(f"{user_id} agrees to: {', '.join(sorted(outcome.consents)) or 'nothing'}")


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
