"""Signing in: by name and password, by a one-time code from staff, or by an OpenID Connect provider's word."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from application.manage_accounts import AccountNotFound, LastAdmin, change_account, load_account, take_away
from application.people import PersonNotFound, load_person
from application.ports import (
    Accounts,
    AccountStore,
    AttemptCounts,
    Clock,
    Conflict,
    EventStore,
    OneTimeCodes,
    Passwords,
    People,
    Projections,
)
from application.set_password import normalised
from domain import account as accounts
from domain.account import Account, AccountEvent, AccountExists, AccountRole
from domain.attempts import TooManyAttempts

MOST_BY_ACCOUNT_AND_ADDRESS = 10
MOST_BY_ACCOUNT = 100
MOST_BY_ADDRESS = 100
MOST_CODES_BY_ADDRESS = 20
MOST_CODES = 600
SIGN_IN_CODE_VALID_S = 600.0
_PROJECTED_WITHIN_S = 5.0


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is. `epoch` is the account's; a person has none."""

    role: AccountRole | Literal["person"]
    subject: UUID
    name: str
    epoch: int = 0


class SignInRefused(msgspec.Struct, frozen=True):
    """What was presented opens nothing; which part of it is wrong is not said."""


class SignInCode(msgspec.Struct, frozen=True, kw_only=True):
    """Shown this once. Its repr hides it, so that none reaches a log."""

    code: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "SignInCode(code=***)"


class ProvidersWord(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified ID token says; `role` is None where none of its groups has one here."""

    issuer: str
    subject: str
    name: str
    role: AccountRole | None


class SignInByPassword:
    """Failures are counted by account and address, by account, and by address; a success gives its count back."""

    def __init__(
        self,
        *,
        store: AccountStore,
        accounts: Accounts,
        passwords: Passwords,
        attempts: AttemptCounts,
        clock: Clock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._passwords = passwords
        self._attempts = attempts
        self._clock = clock

    async def __call__(self, name: str, password: str, *, address: str) -> SignedIn | SignInRefused | TooManyAttempts:
        at = self._clock.now()
        key = normalised(name).casefold()
        counted = [
            (f"password/{key}/{address}", MOST_BY_ACCOUNT_AND_ADDRESS),
            (f"password/{key}/", MOST_BY_ACCOUNT),
            (f"password//{address}", MOST_BY_ADDRESS),
        ]
        refused = await self._attempts.count(counted, at=at)
        if refused is not None:
            return refused
        known = await self._accounts.find(name)
        password = normalised(password)
        right = await self._passwords.verify(None if known is None else known.password_hash, password)
        if not right or known is None or known.password_hash is None:
            return SignInRefused()
        account = await load_account(self._store, known.id)
        if account is None or account.disabled or account.route != "password":
            return SignInRefused()
        await self._attempts.give_back([subject for subject, _ in counted], at=at)
        if self._passwords.outdated(known.password_hash):
            await self._accounts.replace_hash(known.id, known.password_hash, await self._passwords.hash(password))
        return SignedIn(role=account.role, subject=account.id, name=known.name, epoch=account.epoch)


class SignInByCode:
    """A person's code has 40 random bits and ten minutes; attempts are counted by address and over all."""

    def __init__(
        self,
        *,
        store: EventStore,
        people: People,
        codes: OneTimeCodes,
        attempts: AttemptCounts,
        clock: Clock,
    ) -> None:
        self._store = store
        self._people = people
        self._codes = codes
        self._attempts = attempts
        self._clock = clock

    async def issue(self, person: UUID) -> SignInCode | PersonNotFound:
        state = await load_person(self._store, person)
        if state is None or state.erased:
            return PersonNotFound()
        code, expires_at = await self._codes.issue("sign_in", person, valid_s=SIGN_IN_CODE_VALID_S)
        return SignInCode(code=code, expires_at=expires_at)

    async def __call__(self, code: str, *, address: str) -> SignedIn | SignInRefused | TooManyAttempts:
        at = self._clock.now()
        counted = [(f"code/{address}", MOST_CODES_BY_ADDRESS), ("code/", MOST_CODES)]
        refused = await self._attempts.count(counted, at=at)
        if refused is not None:
            return refused
        person = await self._codes.redeem("sign_in", code)
        name = None if person is None else await self._people.name(person)
        if person is None or name is None:
            return SignInRefused()
        await self._attempts.give_back([subject for subject, _ in counted], at=at)
        return SignedIn(role="person", subject=person, name=name)


class SignInByProvider:
    """Whoever the provider gives a role has an account here from then on; the provider's word sets its role.

    Only the last admin who can sign in stays one, whatever else the provider makes of them.
    """

    def __init__(self, *, store: AccountStore, accounts: Accounts, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._accounts = accounts
        self._projections = projections
        self._clock = clock

    async def __call__(self, word: ProvidersWord) -> SignedIn | SignInRefused:
        if word.role is None:
            return SignInRefused()
        role = word.role
        id = await self._accounts.claim_at_provider(word.issuer, word.subject, word.name)
        await self._create(id, role)
        account = await self._follow(id, role)
        if isinstance(account, AccountNotFound) or account.disabled:
            return SignInRefused()
        return SignedIn(role=account.role, subject=id, name=word.name, epoch=account.epoch)

    async def _follow(self, id: UUID, role: AccountRole) -> Account | AccountNotFound:
        def follow(one: Account) -> list[AccountEvent]:
            return [] if one.disabled else accounts.change_role(one, role, by=None, at=self._clock.now())

        def keep(one: Account) -> list[AccountEvent]:
            return accounts.keep_last_admin(one, role, at=self._clock.now())

        known = await load_account(self._store, id)
        if role == "admin" or known is None or not known.administers:
            return await change_account(self._store, self._projections, id, follow)
        followed = await take_away(self._store, self._accounts, self._projections, id, follow)
        if isinstance(followed, LastAdmin):
            return await change_account(self._store, self._projections, id, keep)
        return followed

    async def _create(self, id: UUID, role: AccountRole) -> None:
        known = await load_account(self._store, id)
        decided = accounts.create(known, role, "provider", by=None, at=self._clock.now())
        if isinstance(decided, AccountExists):
            return
        try:
            position = await self._store.append(id, 0, decided)
        except Conflict:
            return  # they signed in twice at once
        await self._projections.wait(position, _PROJECTED_WITHIN_S)
