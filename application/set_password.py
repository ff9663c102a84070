"""Setting an account's password: by whoever holds a one-time code for it, or by an operator at the server."""

from __future__ import annotations

import unicodedata
from uuid import UUID

import msgspec

from application.manage_accounts import AccountNotFound, PasswordElsewhere, change_account, load_account
from application.ports import Accounts, AccountStore, AttemptCounts, Clock, OneTimeCodes, Passwords, Projections
from domain.account import Account, PasswordChanged, weakness
from domain.attempts import TooManyAttempts

_MOST_BY_ADDRESS = 20


class CodeRefused(msgspec.Struct, frozen=True):
    """No such code is good, or it was used."""


class PasswordTooWeak(msgspec.Struct, frozen=True):
    reason: str


class PasswordSet(msgspec.Struct, frozen=True, kw_only=True):
    account: Account
    name: str


class SetPassword:
    def __init__(
        self,
        *,
        store: AccountStore,
        accounts: Accounts,
        passwords: Passwords,
        codes: OneTimeCodes,
        attempts: AttemptCounts,
        projections: Projections,
        clock: Clock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._passwords = passwords
        self._codes = codes
        self._attempts = attempts
        self._projections = projections
        self._clock = clock

    async def with_code(
        self, code: str, password: str, *, address: str
    ) -> PasswordSet | CodeRefused | PasswordTooWeak | TooManyAttempts:
        """A password that will not do leaves the code as good as it was."""
        at = self._clock.now()
        counted = f"set-password/{address}"
        refused = await self._attempts.count([(counted, _MOST_BY_ADDRESS)], at=at)
        if refused is not None:
            return refused
        id = await self._codes.whose("set_password", code)
        known = None if id is None else await self._accounts.secret(id)
        if known is None:
            return CodeRefused()
        await self._attempts.give_back([counted], at=at)
        reason = weakness(normalised(password), known.name)
        if reason is not None:
            return PasswordTooWeak(reason)
        if await self._codes.redeem("set_password", code) != known.id:
            return CodeRefused()
        outcome = await self._set(known.id, known.name, password, by=known.id)
        return outcome if isinstance(outcome, PasswordSet) else CodeRefused()

    async def at_the_server(
        self, id: UUID, password: str
    ) -> PasswordSet | AccountNotFound | PasswordElsewhere | PasswordTooWeak:
        known = await self._accounts.secret(id)
        if known is None:
            return AccountNotFound()
        reason = weakness(normalised(password), known.name)
        if reason is not None:
            return PasswordTooWeak(reason)
        return await self._set(id, known.name, password, by=None)

    async def _set(
        self, id: UUID, name: str, password: str, *, by: UUID | None
    ) -> PasswordSet | AccountNotFound | PasswordElsewhere:
        """The old one is gone before the change is recorded: a crash in between leaves no password, and not the old."""
        account = await load_account(self._store, id)
        if account is None:
            return AccountNotFound()
        if account.route != "password":
            return PasswordElsewhere()
        hashed = await self._passwords.hash(normalised(password))
        await self._accounts.keep_password(id, None)
        changed = await change_account(
            self._store, self._projections, id, lambda _: [PasswordChanged(at=self._clock.now(), by=by)]
        )
        if isinstance(changed, AccountNotFound):
            return changed
        await self._accounts.keep_password(id, hashed)
        return PasswordSet(account=changed, name=name)


def normalised(password: str) -> str:
    """The same characters however a keyboard composed them (Unicode NFKC, as RFC 8265 asks)."""
    return unicodedata.normalize("NFKC", password)
