"""Accounts and what is signed in with: names, passwords, one-time codes, and how often they were tried."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from domain.account import AccountEvent, AccountRole, AccountRoute
from domain.attempts import TooManyAttempts

CodePurpose = Literal["sign_in", "set_password"]


class AccountStore(Protocol):
    """The streams of accounts."""

    async def load_account(self, id: UUID) -> Sequence[AccountEvent]: ...

    async def append(self, stream: UUID, after_version: int, events: Sequence[AccountEvent]) -> int:
        """As EventStore.append."""
        ...


class AccountSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What a password is held against. Its repr hides the hash."""

    id: UUID
    name: str
    password_hash: str | None

    def __repr__(self) -> str:
        return f"AccountSecret(id={self.id}, ***)"


class AccountSummary(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    role: AccountRole
    route: AccountRoute
    disabled: bool
    has_password: bool
    created_at: datetime


class Accounts(Protocol):
    """What is in no event: names, and hashes of passwords."""

    async def claim(self, name: str) -> UUID:
        """The id that goes with `name`, whichever its case; a new one where nobody has it."""
        ...

    async def claim_at_provider(self, issuer: str, subject: str, name: str) -> UUID:
        """As `claim`, for `subject` of an OpenID Connect provider, who is shown as `name`."""
        ...

    async def find(self, name: str) -> AccountSecret | None:
        """By the name of an account with a password of its own."""
        ...

    async def secret(self, id: UUID) -> AccountSecret | None: ...

    async def keep_password(self, id: UUID, password_hash: str | None) -> None: ...

    async def replace_hash(self, id: UUID, old: str, new: str) -> None:
        """Does nothing where `old` was replaced meanwhile."""
        ...

    async def all(self) -> Sequence[AccountSummary]: ...

    def one_at_a_time(self) -> AbstractAsyncContextManager[None]:
        """Whoever is within is alone there, in every process. Raises Conflict where the turn does not come."""
        ...


class Passwords(Protocol):
    async def hash(self, password: str) -> str: ...

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Takes as long for nobody (None) as for somebody."""
        ...

    def outdated(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than today's."""
        ...


class OneTimeCodes(Protocol):
    """Each is shown once and used once; a new one for the same purpose and subject replaces the old."""

    async def issue(self, purpose: CodePurpose, subject: UUID, *, valid_s: float) -> tuple[str, datetime]:
        """The code, and until when it is good."""
        ...

    async def redeem(self, purpose: CodePurpose, code: str) -> UUID | None:
        """Whose it is; it is used up by that, whoever asks at the same time."""
        ...

    async def whose(self, purpose: CodePurpose, code: str) -> UUID | None:
        """Whose it is, without using it up."""
        ...


class AttemptCounts(Protocol):
    """Counted before a secret is looked at, so that attempts at once cannot all pass; given back by a success."""

    async def count(self, subjects: Sequence[tuple[str, int]], *, at: datetime) -> TooManyAttempts | None:
        """One more against each subject, of which so many are let through in a period."""
        ...

    async def give_back(self, subjects: Sequence[str], *, at: datetime) -> None: ...
