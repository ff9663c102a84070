"""The table push_subscription: each person's browsers, sealed under that person's key."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from psycopg.rows import class_row

from adapters.database import Database
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.sealing import SealedField, seal, unseal
from adapters.push.subscription import Subscription
from application.ports import PersonErased
from domain.personal import PersonalData

MOST = 5
"""Of one person; the oldest goes."""
# Whoever is being erased is either gone here, or waits until their row can be found and deleted.
_THERE = "SELECT FROM people WHERE id = %s FOR NO KEY UPDATE"
_KEEP = """
INSERT INTO push_subscription (id, person, sealed, created_at) VALUES (%s, %s, %s, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET person = excluded.person, sealed = excluded.sealed, created_at = excluded.created_at
"""
_ONLY_THE_NEWEST = """
DELETE FROM push_subscription WHERE person = %s
AND id NOT IN (SELECT id FROM push_subscription WHERE person = %s ORDER BY created_at DESC, id LIMIT %s)
"""
_OF = "SELECT id, created_at FROM push_subscription WHERE person = %s ORDER BY created_at, id"
_REMOVE = "DELETE FROM push_subscription WHERE person = %s AND id = %s"


class KeptSubscription(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    created_at: datetime


class PostgresSubscriptions:
    """Sealing asks the key ring in a thread."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database = database
        self._keys = keys

    async def keep(self, person: UUID, subscription: Subscription) -> bool:
        """Whether there is such a person. A browser that told somebody else until now tells this person alone."""
        async with self._database.connection() as connection, connection.transaction():
            if (await connection.execute(_THERE, (person,))).rowcount == 0:
                return False
            try:
                sealed = await asyncio.to_thread(self._seal, person, subscription)
            except PersonErased:
                return False
            await connection.execute(_KEEP, (subscription.id, person, sealed))
            await connection.execute(_ONLY_THE_NEWEST, (person, person, MOST))
        return True

    async def of(self, person: UUID) -> Sequence[KeptSubscription]:
        """The oldest first."""
        async with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(KeptSubscription)) as cursor,
        ):
            await cursor.execute(_OF, (person,))
            return await cursor.fetchall()

    async def remove(self, person: UUID, id: UUID) -> bool:
        """Whether `person` had it."""
        async with self._database.connection() as connection:
            return (await connection.execute(_REMOVE, (person, id))).rowcount == 1

    async def remove_all(self, person: UUID) -> None:
        await self._database.fetch("DELETE FROM push_subscription WHERE person = %s", (person,))

    async def opened(self, person: UUID, sealed: bytes, revision: int) -> Subscription | None:
        """None where the person was erased. `revision`: the keys' when the row was read."""
        self._keys.observe(revision)
        return await asyncio.to_thread(self._open, person, sealed)

    def _seal(self, person: UUID, subscription: Subscription) -> bytes:
        key = self._keys.to_seal(person)
        return msgspec.json.encode(seal(PersonalData(person, subscription), key, self._keys.references))

    def _open(self, person: UUID, sealed: bytes) -> Subscription | None:
        try:
            key = self._keys.to_seal(person)
            # PersonalData[Subscription] at run time: what unseal reads the value as.
            field = msgspec.json.decode(sealed, type=SealedField)
            value: PersonalData[Subscription] = unseal(field, key, PersonalData[Subscription])
        except (PersonErased, InvalidTag):
            return None
        return value.reveal()
