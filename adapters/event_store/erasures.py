"""What the record says of erasures: their proof, and those that were recorded but not carried out to the end."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from adapters.database import Database
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.topics import TOPICS
from adapters.read_models.personal_rows import rows_about
from application.ports import ErasureProof
from domain.person import Erased

_ERASED_TOPICS = sorted(TOPICS.stored_as([Erased]))
_STREAM = """
SELECT notification_id, originator_version, topic, recorded_at, state
FROM event WHERE originator_id = %s ORDER BY originator_version
"""
# No index holds topics: only what was recorded since the last time is looked through.
_RECORDED = """
SELECT DISTINCT originator_id FROM event
WHERE notification_id > (SELECT through FROM erasure_sweep) AND notification_id <= %s AND topic = ANY(%s)
"""
_LAST = "SELECT coalesce(max(notification_id), 0) FROM event"
_FINISHED = "UPDATE erasure_sweep SET through = greatest(through, %s)"


class PostgresErasures:
    """Implements application.ports.Erasures."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database = database
        self._keys = keys

    async def proof(self, person: UUID) -> ErasureProof | None:
        digest = hashlib.sha256()
        for position, version, topic, recorded_at, state in await self._database.fetch(_STREAM, (person,)):
            digest.update(f"{version} {topic} {recorded_at.timestamp():.6f} {len(state)}\n".encode())
            digest.update(state)
            if topic in _ERASED_TOPICS:
                return ErasureProof(
                    position=position,
                    digest=digest.hexdigest(),
                    key_destroyed=person in await self._keys.erased([person]),
                    left=tuple(await rows_about(self._database, person)),
                )
        return None

    async def unfinished(self) -> tuple[Sequence[UUID], int]:
        ((through,),) = await self._database.fetch(_LAST)
        recorded = [person for (person,) in await self._database.fetch(_RECORDED, (through, _ERASED_TOPICS))]
        erased = await self._keys.erased(recorded) if recorded else set()
        return [person for person in recorded if person not in erased], through

    async def finished(self, through: int) -> None:
        await self._database.fetch(_FINISHED, (through,))
