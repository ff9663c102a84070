"""Browsers that are signed in: a random value each, kept as its hash, that stands while its person or account does."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import msgspec
from psycopg.rows import class_row

from adapters.database import Database
from application.sign_in import SignedIn

SignInRole = Literal["person", "staff", "analyst", "admin"]
_VALUE = re.compile(r"fcs_[A-Za-z0-9_-]{43}")
# Seen less often than this, `idle_until` is moved on: not with every request.
_NOTE_EVERY = timedelta(minutes=1)
_BEGIN = """
INSERT INTO sign_in (value_sha256, id, role, subject, epoch, idle_until, expires_at)
VALUES (%s, %s, %s, %s, %s, clock_timestamp() + %s, clock_timestamp() + %s)
RETURNING least(idle_until, expires_at)
"""
# A disabled account, another role, another password or an erased person end it with no row of it touched.
_FIND = """
SELECT s.id, s.role, s.subject, coalesce(p.name, a.name), least(s.idle_until, s.expires_at),
       s.idle_until - clock_timestamp()
FROM sign_in s
LEFT JOIN people p ON s.role = 'person' AND p.id = s.subject
LEFT JOIN account a ON s.role <> 'person' AND a.id = s.subject
LEFT JOIN account_state t ON t.id = a.id
WHERE s.value_sha256 = %s AND s.idle_until > clock_timestamp() AND s.expires_at > clock_timestamp()
  AND CASE WHEN s.role = 'person' THEN p.id IS NOT NULL
           ELSE t.role = s.role AND t.epoch = s.epoch AND NOT t.disabled END
"""
_NOTE = "UPDATE sign_in SET idle_until = clock_timestamp() + %s WHERE id = %s RETURNING least(idle_until, expires_at)"
_OF = """
SELECT id, started_at, least(idle_until, expires_at) AS expires_at FROM sign_in
WHERE subject = %s AND idle_until > clock_timestamp() AND expires_at > clock_timestamp()
ORDER BY started_at DESC, id
"""
_FORGET = "DELETE FROM sign_in WHERE idle_until < clock_timestamp() OR expires_at < clock_timestamp()"


class Lifetime(msgspec.Struct, frozen=True):
    """`idle`: without a request for so long it ends; `longest`: it ends then at the latest."""

    idle: timedelta
    longest: timedelta


LIFETIMES: dict[SignInRole, Lifetime] = {
    "person": Lifetime(timedelta(days=14), timedelta(days=90)),
    "staff": Lifetime(timedelta(hours=2), timedelta(hours=12)),
    "analyst": Lifetime(timedelta(hours=2), timedelta(hours=12)),
    "admin": Lifetime(timedelta(hours=1), timedelta(hours=12)),
}


class NewSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """`value` goes into the cookie and nowhere else. Its repr hides it, so that none reaches a log."""

    value: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "NewSignIn(value=***)"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that is good now. `expires_at` moves on while it is used, up to its longest."""

    id: UUID
    role: SignInRole
    subject: UUID
    name: str
    expires_at: datetime


class ListedSignIn(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    started_at: datetime
    expires_at: datetime


class SignIns:
    """The table sign_in, asked at every request, so that one which was ended ends at once in every process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, who: SignedIn, *, replacing: str | None = None) -> NewSignIn:
        """A new value each time: one that was planted before (`replacing`) is ended."""
        await self._database.fetch(_FORGET)
        if replacing is not None:
            await self.end(replacing)
        value, lifetime = "fcs_" + secrets.token_urlsafe(32), LIFETIMES[who.role]
        async with self._database.connection() as connection, connection.cursor() as cursor:
            await cursor.execute(
                _BEGIN,
                (_hash(value), uuid4(), who.role, who.subject, who.epoch, lifetime.idle, lifetime.longest),
            )
            row = await cursor.fetchone()
        assert row is not None
        return NewSignIn(value=value, expires_at=row[0])

    async def find(self, value: str) -> Standing | None:
        if _VALUE.fullmatch(value) is None:
            return None
        rows = await self._database.fetch(_FIND, (_hash(value),))
        if not rows:
            return None
        id, role, subject, name, expires_at, idle_left = rows[0]
        idle = LIFETIMES[role].idle
        if idle_left < idle - _NOTE_EVERY:
            noted = await self._database.fetch(_NOTE, (idle, id))
            expires_at = noted[0][0] if noted else expires_at
        return Standing(id=id, role=role, subject=subject, name=name, expires_at=expires_at)

    async def of(self, subject: UUID) -> Sequence[ListedSignIn]:
        """The newest first."""
        async with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(ListedSignIn)) as cursor,
        ):
            await cursor.execute(_OF, (subject,))
            return await cursor.fetchall()

    async def end(self, value: str) -> None:
        await self._database.fetch("DELETE FROM sign_in WHERE value_sha256 = %s", (_hash(value),))

    async def end_one(self, subject: UUID, id: UUID) -> bool:
        """Whether `subject` had it."""
        async with self._database.connection() as connection:
            cursor = await connection.execute("DELETE FROM sign_in WHERE subject = %s AND id = %s", (subject, id))
            return cursor.rowcount == 1

    async def end_all(self, subject: UUID) -> None:
        await self._database.fetch("DELETE FROM sign_in WHERE subject = %s", (subject,))


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
