"""An account: a member of staff, an analyst or an admin who signs in by name, and who changed what about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

AccountRole = Literal["staff", "analyst", "admin"]
ACCOUNT_ROLES: tuple[AccountRole, ...] = ("staff", "analyst", "admin")
AccountRoute = Literal["password", "provider"]
"""How it is signed in to: by a password kept here, or by an OpenID Connect provider's word."""

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
_FEWEST_DIFFERENT = 5


class AccountEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the server's time, in UTC. `by` is who did it; None for an operator at the server, or the provider.

    No event holds a name or a password: those are where they can be changed and deleted.
    """

    at: datetime
    by: UUID | None


class AccountCreated(AccountEvent, frozen=True, kw_only=True):
    role: AccountRole
    route: AccountRoute


class RoleChanged(AccountEvent, frozen=True, kw_only=True):
    role: AccountRole


class LastAdminKept(AccountEvent, frozen=True, kw_only=True):
    """The provider gave `role`, and nobody else could administer: the account stays an admin's."""

    role: AccountRole


class PasswordChanged(AccountEvent, frozen=True, kw_only=True):
    """The one before opens nothing any more."""


class PasswordWithdrawn(AccountEvent, frozen=True, kw_only=True):
    """There is none until a new one is set."""


class AccountDisabled(AccountEvent, frozen=True, kw_only=True):
    """Nobody signs in, and whoever is signed in is not any more."""


class AccountEnabled(AccountEvent, frozen=True, kw_only=True):
    pass


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """`epoch` counts what ended every sign-in: one that began in an earlier epoch does not stand."""

    id: UUID
    version: int
    epoch: int
    role: AccountRole
    route: AccountRoute
    disabled: bool = False

    @property
    def administers(self) -> bool:
        return self.role == "admin" and not self.disabled


class AccountExists(msgspec.Struct, frozen=True):
    """It was created before."""


def create(
    account: Account | None, role: AccountRole, route: AccountRoute, *, by: UUID | None, at: datetime
) -> list[AccountEvent] | AccountExists:
    return [AccountCreated(at=at, by=by, role=role, route=route)] if account is None else AccountExists()


def change_role(account: Account, role: AccountRole, *, by: UUID | None, at: datetime) -> list[AccountEvent]:
    return [] if account.role == role else [RoleChanged(at=at, by=by, role=role)]


def keep_last_admin(account: Account, role: AccountRole, *, at: datetime) -> list[AccountEvent]:
    """`role`: what the provider gave instead."""
    return [LastAdminKept(at=at, by=None, role=role)] if account.administers else []


def disable(account: Account, *, by: UUID | None, at: datetime) -> list[AccountEvent]:
    return [] if account.disabled else [AccountDisabled(at=at, by=by)]


def enable(account: Account, *, by: UUID | None, at: datetime) -> list[AccountEvent]:
    return [AccountEnabled(at=at, by=by)] if account.disabled else []


def evolve(account: Account | None, event: AccountEvent, *, id: UUID) -> Account:
    """The state after one more event."""
    if isinstance(event, AccountCreated):
        return Account(id=id, version=1, epoch=0, role=event.role, route=event.route)
    assert account is not None, "an account begins with its creation"
    version = account.version + 1
    epoch = account.epoch + ends_sign_ins(event)
    match event:
        case RoleChanged(role=role):
            return msgspec.structs.replace(account, version=version, epoch=epoch, role=role)
        case AccountDisabled():
            return msgspec.structs.replace(account, version=version, epoch=epoch, disabled=True)
        case AccountEnabled():
            return msgspec.structs.replace(account, version=version, epoch=epoch, disabled=False)
        case PasswordChanged() | PasswordWithdrawn() | LastAdminKept():
            return msgspec.structs.replace(account, version=version, epoch=epoch)
        case _:
            raise TypeError(f"not an event of an account: {type(event).__name__}")


def replay(id: UUID, events: Iterable[AccountEvent]) -> Account | None:
    account: Account | None = None
    for event in events:
        account = evolve(account, event, id=id)
    return account


def ends_sign_ins(event: AccountEvent) -> bool:
    return isinstance(event, RoleChanged | PasswordChanged | PasswordWithdrawn | AccountDisabled)


def weakness(password: str, name: str) -> str | None:
    """What is wrong with a password for `name`; None where it will do."""
    if len(password) < SHORTEST_PASSWORD:
        return f"it has {len(password)} characters; {SHORTEST_PASSWORD} are the fewest"
    if len(password) > LONGEST_PASSWORD:
        return f"it has {len(password)} characters; {LONGEST_PASSWORD} are the most"
    if len(set(password)) < _FEWEST_DIFFERENT:
        return f"it has {len(set(password))} different characters; {_FEWEST_DIFFERENT} are the fewest"
    if name.casefold() in password.casefold():
        return "it contains the name of the account"
    return None
