"""The names of accounts and the hashes of their passwords: what is in no event."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import psycopg

from adapters.database import Database, connect_async
from application.ports import AccountSecret, AccountSummary, Conflict

_CLAIM = "INSERT INTO account (id, name_key, name) VALUES (%s, %s, %s) ON CONFLICT (name_key) DO NOTHING"
_CLAIMED = "SELECT id FROM account WHERE name_key = %s"
_ALL = """
SELECT a.id, a.name, s.role, s.route, s.disabled, a.password_hash IS NOT NULL, s.created_at
FROM account a JOIN account_state s USING (id) ORDER BY a.name, a.id
"""
_ALONE = 7305804402512
_TURN_WITHIN = "20s"


class PostgresAccounts:
    """Implements application.ports.Accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, name: str) -> UUID:
        return await self._claim(_local(name), name)

    async def claim_at_provider(self, issuer: str, subject: str, name: str) -> UUID:
        id = await self._claim(f"provider:{issuer}|{subject}", name)
        await self._database.fetch("UPDATE account SET name = %s WHERE id = %s AND name <> %s", (name, id, name))
        return id

    async def find(self, name: str) -> AccountSecret | None:
        rows = await self._database.fetch(
            "SELECT id, name, password_hash FROM account WHERE name_key = %s", (_local(name),)
        )
        return AccountSecret(id=rows[0][0], name=rows[0][1], password_hash=rows[0][2]) if rows else None

    async def secret(self, id: UUID) -> AccountSecret | None:
        rows = await self._database.fetch("SELECT name, password_hash FROM account WHERE id = %s", (id,))
        return AccountSecret(id=id, name=rows[0][0], password_hash=rows[0][1]) if rows else None

    async def keep_password(self, id: UUID, password_hash: str | None) -> None:
        await self._database.fetch("UPDATE account SET password_hash = %s WHERE id = %s", (password_hash, id))

    async def replace_hash(self, id: UUID, old: str, new: str) -> None:
        await self._database.fetch(
            "UPDATE account SET password_hash = %s WHERE id = %s AND password_hash = %s", (new, id, old)
        )

    async def all(self) -> Sequence[AccountSummary]:
        return [
            AccountSummary(
                id=id,
                name=name,
                role=role,
                route=route,
                disabled=disabled,
                has_password=has_password,
                created_at=created_at,
            )
            for id, name, role, route, disabled, has_password, created_at in await self._database.fetch(_ALL)
        ]

    @asynccontextmanager
    async def one_at_a_time(self) -> AsyncIterator[None]:
        """A connection of its own: those of the pool, all waiting, would leave none to whoever has the turn."""
        async with await connect_async(self._database.dsn, name="accounts") as connection, connection.transaction():
            await connection.execute("SELECT set_config('lock_timeout', %s, true)", (_TURN_WITHIN,))
            try:
                await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ALONE,))
            except psycopg.errors.LockNotAvailable:
                raise Conflict(f"others changed accounts for {_TURN_WITHIN}") from None
            yield

    async def _claim(self, key: str, name: str) -> UUID:
        await self._database.fetch(_CLAIM, (uuid4(), key, name))
        id: UUID = (await self._database.fetch(_CLAIMED, (key,)))[0][0]
        return id


def _local(name: str) -> str:
    """One key for every way to write a name."""
    return "local:" + unicodedata.normalize("NFKC", name).casefold()
