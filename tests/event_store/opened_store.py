"""An event store over a test's own database, and saves that go past it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.group_commit import GroupCommit
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.recorder import APPEND, append_parameters
from adapters.event_store.store import PostgresEventStore


@asynccontextmanager
async def opened(dsn: str, key_file: Path) -> AsyncIterator[tuple[PostgresEventStore, GroupCommit]]:
    with KeyRing(dsn, key_file) as keys:
        async with Database(dsn) as database, GroupCommit(dsn) as writer:
            yield PostgresEventStore(database, writer, keys, SealingMapper(keys)), writer


def stored(stream: UUID, version: int = 1) -> StoredEvent:
    return StoredEvent(stream, version, "checkin.expired.v1", b'{"at":"2026-11-22T08:30:00Z"}')


def append(connection: Connection[TupleRow], events: Sequence[StoredEvent]) -> list[int]:
    return [position for (position,) in connection.execute(APPEND, append_parameters(events, None)).fetchall()]
