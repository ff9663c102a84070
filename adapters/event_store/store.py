"""The streams of check-ins and people, for the use cases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID, uuid4

from eventsourcing.persistence import IntegrityError, StoredEvent

from adapters.database import Database
from adapters.event_store.companion import COMPANION
from adapters.event_store.group_commit import GroupCommit, KeysStale
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import Recorded, SealingMapper, subjects_of
from adapters.event_store.topics import Event
from application.ports import Conflict
from domain.account import AccountEvent
from domain.attempts import AttemptEvent
from domain.check_in import CheckInEvent
from domain.person import PersonEvent
from domain.policy import PolicyEvent
from domain.session_events import SessionEvent
from domain.station import StationEvent

Kind = TypeVar("Kind", CheckInEvent, PersonEvent, SessionEvent, StationEvent, AttemptEvent, AccountEvent, PolicyEvent)
Watch = Callable[[Sequence[Event], int, float], None]
"""Is told the events that were committed, the position of the last, and how many seconds it took."""
_SEAL_ATTEMPTS = 5
# The key ring's revision comes with the events: whoever was erased before this read is read as erased.
_STREAM = (
    "SELECT originator_id, originator_version, topic, state, (SELECT revision FROM key_ring) FROM event"
    " WHERE originator_id = %s ORDER BY originator_version"
)


class PostgresEventStore:
    """Owned by one event loop. Implements application.ports.EventStore and application.ports.SessionStore."""

    def __init__(self, database: Database, writer: GroupCommit, keys: KeyRing, mapper: SealingMapper) -> None:
        self._database = database
        self._writer = writer
        self._keys = keys
        self._mapper = mapper
        self._watch: Watch = _nobody

    def watch(self, watcher: Watch) -> None:
        """Have it told every append, in the context of whoever appended."""
        self._watch = watcher

    async def load_check_in(self, id: UUID) -> Sequence[CheckInEvent]:
        return await self._load(id, CheckInEvent)

    async def load_person(self, id: UUID) -> Sequence[PersonEvent]:
        return await self._load(id, PersonEvent)

    async def load_session(self, id: UUID) -> Sequence[SessionEvent]:
        return await self._load(id, SessionEvent)

    async def load_station(self, id: UUID) -> Sequence[StationEvent]:
        return await self._load(id, StationEvent)

    async def load_attempts(self, id: UUID) -> Sequence[AttemptEvent]:
        return await self._load(id, AttemptEvent)

    async def load_account(self, id: UUID) -> Sequence[AccountEvent]:
        return await self._load(id, AccountEvent)

    async def load_policy(self, id: UUID) -> Sequence[PolicyEvent]:
        return await self._load(id, PolicyEvent)

    async def append(self, stream: UUID, after_version: int, events: Sequence[Event]) -> int:
        """Answers 0 where there is nothing to record. Raises Conflict, PersonErased.

        Where a companion is waiting, it is committed in the same transaction, before the events.
        """
        if not events:
            return 0
        own = [Recorded(stream, version, event) for version, event in enumerate(events, after_version + 1)]
        companion = COMPANION.get()
        if companion is None or companion.recorded:
            return await self._save(own)
        async with companion.recording() as waiting:
            before = [Recorded(uuid4(), 1, companion.event_for(stream))] if waiting else []
            return await self._save(own, before)

    async def _save(self, own: Sequence[Recorded], before: Sequence[Recorded] = ()) -> int:
        """The position of the last of `own`. What goes `before` them is in streams that nobody else writes to."""
        events = [one.event for one in own]
        stream, version = own[0].originator_id, own[0].originator_version
        subjects = subjects_of(events)
        begun_s = time.monotonic()
        for _ in range(_SEAL_ATTEMPTS):
            if not self._keys.holds(subjects):
                await asyncio.to_thread(self._keys.prepare, subjects)
            # Read before sealing: keys cached at a later revision only make this save come back as stale.
            sealed_at = self._keys.revision if subjects else None
            stored = [self._mapper.to_stored_event(one) for one in (*before, *own)]
            try:
                position = (await self._writer.save(stored, sealed_at))[-1]
            except IntegrityError:
                raise Conflict(f"version {version} of stream {stream} is taken") from None
            except KeysStale:
                await asyncio.to_thread(self._keys.refresh)
            else:
                self._watch(events, position, time.monotonic() - begun_s)
                return position
        raise Conflict(f"people were erased {_SEAL_ATTEMPTS} times while stream {stream} was saved")

    async def _load(self, id: UUID, kind: type[Kind]) -> list[Kind]:
        """Nothing where `id` is another kind's."""
        rows = await self._database.fetch(_STREAM, (id,), binary=True)
        if not rows:
            return []
        self._keys.observe(rows[0][4])
        stored = [StoredEvent(*row[:4]) for row in rows]
        found, missing = self._mapper.open_cached(stored)
        if missing:
            await asyncio.to_thread(self._keys.fetch, missing)
            found, _ = self._mapper.open_cached(stored)
        return [event for one in found if isinstance(event := one.event, kind)]


def _nobody(_: Sequence[Event], __: int, ___: float) -> None:
    """Watches until somebody does."""
