"""The status of every check-in, without its person and without its emotion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from adapters.read_models.columns import columns
from application.ports import CheckInSummary
from domain.check_in import (
    CaptureRefused,
    Completed,
    Expired,
    IdentifiedByOtherRoute,
    IdentityMatched,
    IdentityRejected,
    MatchDenied,
    Reassigned,
    Started,
    Status,
)

_START = """
INSERT INTO check_in_status (id, station_id, status, started_at, position)
SELECT id, station_id, 'processing', started_at, position
FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::bigint[]) AS s (id, station_id, started_at, position)
"""
_CHANGE = """
UPDATE check_in_status AS kept
SET status = coalesce(new.status, kept.status),
    decided_at = coalesce(new.decided_at, kept.decided_at),
    refusal_code = coalesce(new.refusal_code, kept.refusal_code),
    confidence = coalesce(new.confidence, kept.confidence),
    completed = kept.completed OR new.completed,
    position = new.position
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::text[], %s::float8[], %s::bool[], %s::bigint[])
    AS new (id, status, decided_at, refusal_code, confidence, completed, position)
WHERE kept.id = new.id
"""
_RECENT = """
SELECT id, station_id, status, started_at, decided_at, refusal_code, confidence, completed, position
FROM check_in_status WHERE position > %s ORDER BY position DESC LIMIT %s
"""
_UNDECIDED = "SELECT id FROM check_in_status WHERE status = 'processing' AND started_at < %s ORDER BY started_at"


class _Change(msgspec.Struct, kw_only=True):
    """What a page changes in one check-in; None where it leaves things as they are."""

    status: Status | None = None
    decided_at: datetime | None = None
    refusal_code: str | None = None
    confidence: float | None = None
    completed: bool = False
    position: int = 0


class CheckInStatusProjection:
    """Implements adapters.event_store.read_model.ReadModel."""

    name = "check_in_status"
    takes: tuple[type[Event], ...] = (
        Started,
        IdentityMatched,
        IdentifiedByOtherRoute,
        IdentityRejected,
        CaptureRefused,
        Completed,
        Expired,
        Reassigned,
        MatchDenied,
    )
    personal = False
    tables: tuple[str, ...] = ("check_in_status",)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        started: list[tuple[object, ...]] = []
        changes: dict[UUID, _Change] = {}
        for projected in page:
            if isinstance(projected.event, Started):
                event = projected.event
                started.append((projected.stream, event.station_id, event.at, projected.position))
            else:
                _collect(changes.setdefault(projected.stream, _Change()), projected)
        if started:
            cursor.execute(_START, columns(started), prepare=True)
        if changes:
            rows = [(id, *msgspec.structs.astuple(change)) for id, change in changes.items()]
            cursor.execute(_CHANGE, columns(rows), prepare=True)


class CheckInStatus:
    """Implements application.ports.CheckIns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recent(self, *, limit: int, after_position: int = 0) -> Sequence[CheckInSummary]:
        """Those that changed latest come first."""
        rows = await self._database.fetch(_RECENT, (after_position, limit))
        return [
            CheckInSummary(
                id=id,
                station_id=station_id,
                status=status,
                started_at=started_at,
                decided_at=decided_at,
                refusal_code=refusal_code,
                confidence=confidence,
                completed=completed,
                position=position,
            )
            for id, station_id, status, started_at, decided_at, refusal_code, confidence, completed, position in rows
        ]

    async def undecided_since(self, before: datetime) -> Sequence[UUID]:
        return [id for (id,) in await self._database.fetch(_UNDECIDED, (before,))]


def _collect(change: _Change, projected: Projected) -> None:
    change.position = projected.position
    match projected.event:
        case IdentityMatched(at=at, evidence=evidence):
            change.status, change.decided_at, change.confidence = "checked_in", at, evidence.confidence
        case IdentifiedByOtherRoute(at=at):
            change.status, change.decided_at = "checked_in", at
        case IdentityRejected(at=at, reason=reason, evidence=evidence):
            change.status, change.decided_at, change.confidence = reason, at, evidence.confidence
        case CaptureRefused(at=at, refusal=refusal):
            change.status, change.decided_at, change.refusal_code = "refused", at, refusal.code
        case Completed():
            change.completed = True
        case Expired():
            change.status = "expired"
        case Reassigned():
            change.status = "checked_in"
        case MatchDenied():
            change.status = "unknown"
        case _:
            raise TypeError(f"not projected: {type(projected.event).__name__}")
