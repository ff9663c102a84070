"""`facecheckin accounts …`: the first admin, and the way back in when nobody can sign in."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from adapters import wiring
from adapters.commands.running import run
from adapters.http.account_services import AccountServices
from adapters.settings import load_settings
from application.manage_accounts import AccountNotFound, LastAdmin, NameTaken, PasswordElsewhere
from application.ports import AccountSummary
from application.set_password import PasswordSet, PasswordTooWeak
from domain.account import weakness

Answer = TypeVar("Answer")


@click.group()
def accounts() -> None:
    """Create the first admin; list, disable and reset the accounts of staff, analysts and admins."""


@accounts.command("create-admin")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input, and ask nothing")
def create_admin(name: str, password_stdin: bool) -> None:
    """Create an admin who signs in as NAME with a password that is asked for. There is no default password."""
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > 128:
        raise click.ClickException("a name has 1 to 128 printable characters, and no space at either end")
    password = _password(name, password_stdin)

    async def work(services: AccountServices) -> PasswordSet | PasswordTooWeak:
        created = await services.manage.create(name, "admin", by=None)
        if isinstance(created, NameTaken):
            raise click.ClickException(f"there is an account called {name!r} already")
        outcome = await services.set_password.at_the_server(created, password)
        assert isinstance(outcome, PasswordSet | PasswordTooWeak), "it was created a moment ago"
        return outcome

    _say_password(_with_accounts(work), f"{name} is an admin now")


@accounts.command("list")
def list_() -> None:
    """Every account, without secrets."""
    table = Table("name", "role", "signs in by", "state", "id")
    for one in _with_accounts(lambda services: services.accounts.all()):
        state = "disabled" if one.disabled else "" if one.has_password or one.route == "provider" else "no password"
        table.add_row(one.name, one.role, one.route, state, str(one.id))
    Console().print(table)


@accounts.command()
@click.argument("name")
def disable(name: str) -> None:
    """Nobody signs in as NAME any more, and whoever is signed in is not. The last admin who can sign in stays."""

    async def work(services: AccountServices) -> None:
        outcome = await services.manage.disable(await _named(services, name), by=None)
        if isinstance(outcome, LastAdmin):
            raise click.ClickException(f"{name} is the last admin who can sign in: create another admin first")

    _with_accounts(work)
    click.echo(f"{name} is disabled")


@accounts.command()
@click.argument("name")
def enable(name: str) -> None:
    """NAME can sign in again."""

    async def work(services: AccountServices) -> None:
        await services.manage.enable(await _named(services, name), by=None)

    _with_accounts(work)
    click.echo(f"{name} is enabled")


@accounts.command("reset-password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input, and ask nothing")
def reset_password(name: str, password_stdin: bool) -> None:
    """Set a new password for NAME; whoever is signed in is not any more."""
    password = _password(name, password_stdin)

    async def work(
        services: AccountServices,
    ) -> PasswordSet | PasswordTooWeak | AccountNotFound | PasswordElsewhere:
        return await services.set_password.at_the_server(await _named(services, name), password)

    _say_password(_with_accounts(work), f"{name} has a new password")


def _with_accounts(work: Callable[[AccountServices], Awaitable[Answer]]) -> Answer:
    async def opened() -> Answer:
        async with wiring.open_accounts(load_settings()) as services:
            return await work(services)

    return run(opened())


async def _named(services: AccountServices, name: str) -> UUID:
    """By name, of whichever way to sign in. Raises ClickException."""
    wanted = _folded(name)
    found: list[AccountSummary] = [one for one in await services.accounts.all() if _folded(one.name) == wanted]
    if len(found) != 1:
        said = "no account is" if not found else f"{len(found)} accounts are"
        raise click.ClickException(f"{said} called {name!r}")
    return found[0].id


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _password(name: str, from_stdin: bool) -> str:
    """Raises ClickException where it will not do."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    reason = weakness(unicodedata.normalize("NFKC", password), name)
    if reason is not None:
        raise click.ClickException(f"the password will not do: {reason}")
    return password


def _say_password(outcome: PasswordSet | PasswordTooWeak | AccountNotFound | PasswordElsewhere, said: str) -> None:
    match outcome:
        case PasswordSet():
            click.echo(said)
        case PasswordTooWeak(reason=reason):
            raise click.ClickException(f"the password will not do: {reason}")
        case AccountNotFound():
            raise click.ClickException("there is no such account")
        case PasswordElsewhere():
            raise click.ClickException("the account is signed in to at the provider, and has no password here")
