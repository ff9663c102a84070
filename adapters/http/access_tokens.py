"""Bearer tokens: made once, shown once, kept as hashes, revoked at any time."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

import msgspec
from psycopg.rows import class_row

from adapters.database import Database

Role = Literal["station", "person", "staff", "analyst", "admin"]
ROLES: tuple[Role, ...] = ("station", "person", "staff", "analyst", "admin")
_TOKEN = re.compile(r"fci_[A-Za-z0-9_-]{43}")
_FIND = "SELECT role, name, subject FROM access_token WHERE token_sha256 = %s AND revoked_at IS NULL"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who presented a token. `subject` is the station's id, the person's, or one of the member of staff's own."""

    role: Role
    name: str
    subject: UUID


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it may be listed: without the token."""

    role: Role
    name: str
    subject: UUID
    created_at: datetime
    revoked_at: datetime | None


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is shown this once; only its hash is kept. Its repr hides it, so that none reaches a log."""

    token: str
    caller: Caller

    def __repr__(self) -> str:
        return f"NewToken(token=***, caller={self.caller!r})"


class AccessTokens:
    """The table access_token. A token is 256 random bits, so that one unsalted hash finds it and betrays nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, role: Role, name: str, *, subject: UUID | None = None) -> NewToken:
        """Without a `subject` the token is for somebody new: a new station, or another member of staff."""
        if role == "person" and subject is None:
            raise ValueError("a person's token names its person")
        caller = Caller(role=role, name=name, subject=subject or uuid4())
        token = "fci_" + secrets.token_urlsafe(32)
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO access_token (token_sha256, role, name, subject) VALUES (%s, %s, %s, %s)",
                (_hash(token), caller.role, caller.name, caller.subject),
            )
        return NewToken(token=token, caller=caller)

    async def find(self, token: str) -> Caller | None:
        """Whose token it is; asked at every request, so that a revoked one ends at once in every process."""
        if _TOKEN.fullmatch(token) is None:
            return None
        rows = await self._database.fetch(_FIND, (_hash(token),))
        if not rows:
            return None
        role, name, subject = rows[0]
        return Caller(role=role, name=name, subject=subject)

    async def revoke(self, name: str) -> int:
        """Ends every token of that name; how many there were."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "UPDATE access_token SET revoked_at = clock_timestamp() WHERE name = %s AND revoked_at IS NULL", (name,)
            )
            return cursor.rowcount

    async def stations(self) -> dict[str, UUID]:
        """The stations whose tokens are in force, by name."""
        rows = await self._database.fetch(
            "SELECT name, subject FROM access_token WHERE role = 'station' AND revoked_at IS NULL ORDER BY created_at"
        )
        return dict(rows)

    async def all(self) -> Sequence[AccessToken]:
        """The newest first, the revoked ones too."""
        return await self._listed(ROLES)

    async def of_stations(self) -> Sequence[AccessToken]:
        """As `all`."""
        return await self._listed(("station",))

    async def _listed(self, roles: Sequence[Role]) -> Sequence[AccessToken]:
        async with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(AccessToken)) as cursor,
        ):
            await cursor.execute(
                "SELECT role, name, subject, created_at, revoked_at FROM access_token WHERE role = ANY(%s)"
                " ORDER BY created_at DESC, name",
                (list(roles),),
            )
            return await cursor.fetchall()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
