"""The table push_message: what waits to be sent, and which process is sending it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

import msgspec

from adapters.database import Database
from adapters.push.decisions import Word

# Longer than a sending takes: whoever has not said by then what came of it will not say so any more.
_LET_GO_AFTER = timedelta(seconds=30)
_FORGET: LiteralString = "DELETE FROM push_message WHERE expires_at <= %s"
# One at a time for each browser, so that the newest is the one that stays.
_CLAIM: LiteralString = """
UPDATE push_message SET claimed_at = %(now)s, attempts = attempts + 1
WHERE id = (
    SELECT m.id FROM push_message AS m
    WHERE m.claimed_at IS NULL AND m.due_at <= %(now)s AND m.expires_at > %(now)s
      AND NOT EXISTS (SELECT FROM push_message AS o WHERE o.subscription = m.subscription AND o.claimed_at > %(since)s)
    ORDER BY m.due_at, m.id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, subscription, person, word, moment, attempts, expires_at
"""
_SEALED = """
SELECT sealed, (SELECT revision FROM key_ring) FROM push_subscription WHERE id = %s AND person = %s
"""
_NEXT: LiteralString = "SELECT min(due_at) FROM push_message WHERE claimed_at IS NULL AND expires_at > %s"
# A newer one that was queued meanwhile goes instead.
_AGAIN: LiteralString = """
UPDATE push_message AS m SET claimed_at = NULL, due_at = %s WHERE id = %s AND expires_at > %s
AND NOT EXISTS (SELECT FROM push_message AS newer WHERE newer.subscription = m.subscription AND newer.id > m.id)
"""


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is this process's to send. `attempts`: this one counts."""

    id: int
    subscription: UUID
    person: UUID
    word: Word
    moment: datetime
    attempts: int
    expires_at: datetime


class MessageQueue:
    """A message that a process has claimed and died with is not sent again: at most once, rather than twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, now: datetime) -> Queued | None:
        """Safe to call in any number of processes: one of them gets it."""
        async with self._database.connection() as connection:
            await connection.execute(_FORGET, (now,))
            cursor = await connection.execute(_CLAIM, {"now": now, "since": now - _LET_GO_AFTER})
            row = await cursor.fetchone()
        if row is None:
            return None
        return Queued(**dict(zip(Queued.__struct_fields__, row, strict=True)))

    async def sealed_for(self, message: Queued) -> tuple[bytes, int] | None:
        """The subscription it goes to and the revision of the keys; None where it is that person's no more."""
        rows = await self._database.fetch(_SEALED, (message.subscription, message.person))
        return (rows[0][0], rows[0][1]) if rows else None

    async def next_due_at(self, now: datetime) -> datetime | None:
        ((due_at,),) = await self._database.fetch(_NEXT, (now,))
        found: datetime | None = due_at
        return found

    async def done(self, message: Queued) -> None:
        await self._database.fetch("DELETE FROM push_message WHERE id = %s", (message.id,))

    async def again(self, message: Queued, due_at: datetime) -> bool:
        """Whether it is worth it: it is not too late by then, and nothing newer waits."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_AGAIN, (due_at, message.id, due_at))
            return cursor.rowcount == 1

    async def gone(self, message: Queued) -> None:
        """Its browser listens no more, and takes with it all that waits for it."""
        await self._database.fetch(
            "DELETE FROM push_subscription WHERE id = %s AND person = %s", (message.subscription, message.person)
        )
