"""Creating accounts, changing their roles, disabling and enabling them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from application.ports import Accounts, AccountStore, Clock, Conflict, OneTimeCodes, Projections
from domain import account as accounts
from domain.account import Account, AccountEvent, AccountExists, AccountRole

PROJECTED_WITHIN_S = 5.0
SET_PASSWORD_VALID_S = 24 * 3600.0
_ATTEMPTS = 5
Decide = Callable[[Account], list[AccountEvent]]


class AccountNotFound(msgspec.Struct, frozen=True):
    """There is no such account."""


class NameTaken(msgspec.Struct, frozen=True):
    """Another account has the name."""


class LastAdmin(msgspec.Struct, frozen=True):
    """Nobody else could administer: it stays as it is until somebody can."""


class PasswordElsewhere(msgspec.Struct, frozen=True):
    """The account is signed in to at a provider: there is no password of ours."""


class PasswordCode(msgspec.Struct, frozen=True, kw_only=True):
    """With `code` a password can be set, once. Its repr hides it, so that none reaches a log."""

    account: UUID
    code: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"PasswordCode(account={self.account}, code=***)"


class ManageAccounts:
    """`by` is who does it; None for an operator at the server. What it answers holds in every process already."""

    def __init__(
        self,
        *,
        store: AccountStore,
        accounts: Accounts,
        codes: OneTimeCodes,
        projections: Projections,
        clock: Clock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._codes = codes
        self._projections = projections
        self._clock = clock

    async def create(self, name: str, role: AccountRole, *, by: UUID | None) -> UUID | NameTaken:
        """Without a password: nobody signs in before one is set."""
        id = await self._accounts.claim(name)
        account = accounts.replay(id, await self._store.load_account(id))
        decided = accounts.create(account, role, "password", by=by, at=self._clock.now())
        if isinstance(decided, AccountExists):
            return NameTaken()
        try:
            position = await self._store.append(id, 0, decided)
        except Conflict:
            return NameTaken()
        await self._projections.wait(position, PROJECTED_WITHIN_S)
        return id

    async def change_role(
        self, id: UUID, role: AccountRole, *, by: UUID | None
    ) -> Account | AccountNotFound | LastAdmin:
        def decide(one: Account) -> list[AccountEvent]:
            return accounts.change_role(one, role, by=by, at=self._clock.now())

        return await (self._change(id, decide) if role == "admin" else self._take_away(id, decide))

    async def disable(self, id: UUID, *, by: UUID | None) -> Account | AccountNotFound | LastAdmin:
        return await self._take_away(id, lambda one: accounts.disable(one, by=by, at=self._clock.now()))

    async def enable(self, id: UUID, *, by: UUID | None) -> Account | AccountNotFound:
        return await self._change(id, lambda one: accounts.enable(one, by=by, at=self._clock.now()))

    async def invite(self, id: UUID) -> PasswordCode | AccountNotFound | PasswordElsewhere:
        """A code with which whoever holds it sets the account's password; the one before opens nothing any more."""
        account = await load_account(self._store, id)
        if account is None:
            return AccountNotFound()
        if account.route != "password":
            return PasswordElsewhere()
        code, expires_at = await self._codes.issue("set_password", id, valid_s=SET_PASSWORD_VALID_S)
        return PasswordCode(account=id, code=code, expires_at=expires_at)

    async def reset_password(self, id: UUID, *, by: UUID | None) -> PasswordCode | AccountNotFound | PasswordElsewhere:
        """The present password opens nothing any more, whoever is signed in is not, and a new one can be set."""
        account = await load_account(self._store, id)
        if account is None:
            return AccountNotFound()
        if account.route != "password":
            return PasswordElsewhere()
        await self._accounts.keep_password(id, None)
        changed = await self._change(id, lambda _: [accounts.PasswordWithdrawn(at=self._clock.now(), by=by)])
        assert not isinstance(changed, AccountNotFound), "it was loaded a moment ago, and accounts are not deleted"
        return await self.invite(id)

    async def _take_away(self, id: UUID, decide: Decide) -> Account | AccountNotFound | LastAdmin:
        return await take_away(self._store, self._accounts, self._projections, id, decide)

    async def _change(self, id: UUID, decide: Decide) -> Account | AccountNotFound:
        return await change_account(self._store, self._projections, id, decide)


async def load_account(store: AccountStore, id: UUID) -> Account | None:
    return accounts.replay(id, await store.load_account(id))


async def change_account(
    store: AccountStore, projections: Projections, id: UUID, decide: Decide
) -> Account | AccountNotFound:
    """Load, decide, record; once more where another writer was first."""
    for _ in range(_ATTEMPTS):
        account = await load_account(store, id)
        if account is None:
            return AccountNotFound()
        events = decide(account)
        try:
            position = await store.append(id, account.version, events)
        except Conflict:
            continue
        await projections.wait(position, PROJECTED_WITHIN_S)
        for event in events:
            account = accounts.evolve(account, event, id=id)
        return account
    raise Conflict(f"account {id} changed {_ATTEMPTS} times")


async def take_away(
    store: AccountStore, accounts: Accounts, projections: Projections, id: UUID, decide: Decide
) -> Account | AccountNotFound | LastAdmin:
    """What may leave one admin less. One at a time: of two who disable each other at once, the second is the last."""
    async with accounts.one_at_a_time():
        account = await load_account(store, id)
        if account is not None and account.administers and not await _another_than(id, store, accounts):
            return LastAdmin()
        return await change_account(store, projections, id, decide)


async def _another_than(id: UUID, store: AccountStore, accounts: Accounts) -> bool:
    """Whether an admin who can sign in remains. The read model may lag, so that each is asked of its own events."""
    for one in await accounts.all():
        if one.id == id or one.role != "admin" or not (one.has_password or one.route == "provider"):
            continue
        account = await load_account(store, one.id)
        if account is not None and account.administers:
            return True
    return False
