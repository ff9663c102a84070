"""What was recorded after a position, as far as a watcher may care, once every read model that they ask shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, LiteralString, Protocol
from uuid import UUID

import msgspec
import structlog
from eventsourcing.persistence import StoredEvent
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from adapters.event_store.binary_arrays import PackedArray, texts
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import Recorded, SealingMapper
from adapters.event_store.projection_pages import NOT_THE_EVENT
from adapters.event_store.topics import TOPICS, Event
from domain.check_in import (
    CaptureRefused,
    Expired,
    IdentifiedByOtherRoute,
    IdentityMatched,
    IdentityRejected,
    MatchDenied,
    Reassigned,
    Started,
)
from domain.person import Erased
from domain.session_events import (
    AttendanceCorrected,
    AttendanceRevised,
    Cancelled,
    Closed,
    CorrectionWithdrawn,
    Opened,
    Rescheduled,
    RosterChanged,
    Scheduled,
)
from domain.station import StationReported

SHOWING = texts(["people", "check_in_status", "sessions", "attendance"])
"""The read models that a watcher may ask: a change is told once all of them have taken it."""
_log = structlog.get_logger("live")
OF_CHECK_INS: tuple[type[Event], ...] = (
    IdentityMatched,
    IdentifiedByOtherRoute,
    IdentityRejected,
    CaptureRefused,
    Expired,
    Reassigned,
    MatchDenied,
)
TOLD: tuple[type[Event], ...] = (
    Started,
    *OF_CHECK_INS,
    Scheduled,
    Rescheduled,
    RosterChanged,
    Opened,
    Closed,
    Cancelled,
    AttendanceRevised,
    AttendanceCorrected,
    CorrectionWithdrawn,
    StationReported,
    Erased,
)
# A decision comes with the start of its check-in: where it was, when, and who was claimed. The revision of the keys
# comes with it all: whoever was erased before this read is read as erased.
_AFTER = """
SELECT e.notification_id, e.originator_id, e.recorded_at, (SELECT revision FROM key_ring), e.topic, e.state,
       s.topic, s.state
FROM (
    SELECT notification_id, originator_id, recorded_at, topic, CASE WHEN topic = ANY(%b::text[]) THEN state END AS state
    FROM event
    WHERE notification_id > %s
      AND notification_id <= (SELECT min(position) FROM projection WHERE name = ANY(%b::text[]))
    ORDER BY notification_id LIMIT %s
) AS e
LEFT JOIN LATERAL (
    SELECT topic, state FROM event
    WHERE e.topic = ANY(%b::text[]) AND originator_id = e.originator_id AND originator_version = 1 LIMIT 1
) AS s ON true
ORDER BY e.notification_id
"""
_SHOWN = "SELECT coalesce(min(position), 0) FROM projection WHERE name = ANY(%b::text[])"

_RECORDED = "SELECT coalesce(max(notification_id), 0) FROM event"


class Fetch(Protocol):
    """As Database.fetch: on a connection of the caller's own, or on one of many."""

    async def __call__(
        self, statement: str, parameters: Sequence[object] = (), *, binary: bool = False
    ) -> list[TupleRow]: ...


def fetching(connection: AsyncConnection[TupleRow]) -> Fetch:
    """On one connection of one's own: who follows the record waits for nobody who has taken all of the others."""

    async def fetch(
        statement: LiteralString, parameters: Sequence[object] = (), *, binary: bool = False
    ) -> list[TupleRow]:
        async with connection.cursor(binary=binary) as cursor:
            await cursor.execute(statement, parameters, prepare=True)
            return await cursor.fetchall() if cursor.description else []

    return fetch


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is told. `started`: the start of its check-in, where it is about one."""

    position: int
    stream: UUID
    recorded_at: datetime
    event: Event
    started: Started | None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """`through`: the position of the last event that was looked at. `full`: there may be more."""

    changes: Sequence[Change]
    through: int
    full: bool


class ChangeReader:
    """Opens events with the keys that the process has cached; those that it has not are fetched in a thread."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._mapper = SealingMapper(keys)

    async def shown(self, fetch: Fetch) -> int:
        """How far the read models are that a watcher may ask."""
        ((position,),) = await fetch(_SHOWN, (SHOWING,))
        return int(position)

    async def recorded(self, fetch: Fetch) -> int:
        """The last position there is, shown or not."""
        ((position,),) = await fetch(_RECORDED)
        return int(position)

    async def after(self, position: int, limit: int, fetch: Fetch) -> Page:
        """At most `limit` events, in order of position; one that cannot be read is left out."""
        told, of_check_ins = _topics()
        rows = await fetch(_AFTER, (told, position, SHOWING, limit, of_check_ins), binary=True)
        if not rows:
            return Page(changes=(), through=position, full=False)
        self._keys.observe(rows[-1][3])
        taken = [row for row in rows if row[5] is not None]
        try:
            changes = await self._opened(taken)
        except NOT_THE_EVENT:
            raise
        except Exception:
            changes = await self._opened_one_by_one(taken)
        return Page(changes=changes, through=rows[-1][0], full=len(rows) == limit)

    async def _opened_one_by_one(self, rows: Sequence[TupleRow]) -> list[Change]:
        """The read models park an event that they cannot take; the feed goes on without it."""
        changes = []
        for row in rows:
            try:
                changes += await self._opened([row])
            except NOT_THE_EVENT:
                raise
            except Exception as error:
                _log.warning("an event is not told live", position=row[0], error=type(error).__name__)
        return changes

    async def _opened(self, rows: Sequence[TupleRow]) -> list[Change]:
        stored = [StoredEvent(row[1], 1, row[4], row[5]) for row in rows]
        starts = {row[0]: StoredEvent(row[1], 1, row[6], row[7]) for row in rows if row[7] is not None}
        opened = await self._open([*stored, *starts.values()])
        started = dict(zip(starts, opened[len(stored) :], strict=True))
        return [
            Change(
                position=row[0],
                stream=row[1],
                recorded_at=row[2],
                event=one.event,
                started=_start(started[row[0]].event if row[0] in started else one.event),
            )
            for row, one in zip(rows, opened, strict=False)
        ]

    async def _open(self, stored: Sequence[StoredEvent]) -> list[Recorded]:
        found, missing = self._mapper.open_cached(stored)
        if missing:
            await asyncio.to_thread(self._keys.fetch, missing)
            found, _ = self._mapper.open_cached(stored)
        return found


def _start(event: Any) -> Started | None:  # Any: whichever event the stream begins with
    return event if isinstance(event, Started) else None


@cache
def _topics() -> tuple[PackedArray, PackedArray]:
    """Those that are told, and those that come with the start of their check-in."""
    return texts(sorted(TOPICS.stored_as(TOLD))), texts(sorted(TOPICS.stored_as(OF_CHECK_INS)))
