"""`facecheckin tokens …`: who may call the server."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from adapters import wiring
from adapters.commands.running import run
from adapters.commands.visible_words import VISIBLE_WORDS
from adapters.http.access_tokens import ROLES, Role
from adapters.settings import load_settings

_FOR_SOMEBODY_NEW: tuple[Role, ...] = tuple(role for role in ROLES if role != "person")  # a person's names its person


@click.group()
def tokens() -> None:
    """Create, list and revoke the tokens that stations and staff present."""


@tokens.command()
@click.argument("role", type=click.Choice(_FOR_SOMEBODY_NEW))
@click.argument("name", type=VISIBLE_WORDS)
def create(role: Role, name: str) -> None:
    """Make a token for a new caller called NAME. It is printed once and kept nowhere."""

    async def work() -> str:
        async with wiring.open_tokens(load_settings()) as access:
            return (await access.create(role, name)).token

    click.echo(run(work()))


@tokens.command("list")
def list_() -> None:
    """Every token, without the token."""
    table = Table("name", "role", "id", "made", "revoked")

    async def work() -> None:
        async with wiring.open_tokens(load_settings()) as access:
            for token in await access.all():
                revoked = "" if token.revoked_at is None else f"{token.revoked_at:%Y-%m-%d %H:%M}"
                made = f"{token.created_at:%Y-%m-%d %H:%M}"
                table.add_row(token.name, token.role, str(token.subject), made, revoked)

    run(work())
    Console().print(table)


@tokens.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End every token called NAME, at once."""

    async def work() -> int:
        async with wiring.open_tokens(load_settings()) as access:
            return await access.revoke(name)

    count = run(work())
    if count == 0:
        raise click.ClickException(f"no token called {name!r} is in force")
    click.echo(f"revoked {count}")
