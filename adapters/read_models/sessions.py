"""What is scheduled: every session with its plan, its state and how many are expected, without its people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from adapters.read_models.columns import as_array, columns
from adapters.read_models.session_changes import PLANNED, SessionChange
from application.ports import SessionSummary
from domain.session_events import Plan, RosterChanged, Times

_PLAN = """
INSERT INTO session
    (id, state, title, room, series, stations, zone, opens_at, starts_at, late_after, ends_at)
SELECT id, 'scheduled', title, room, series, stations::uuid[], zone, opens_at, starts_at, late_after, ends_at
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
            %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
    AS new (id, title, room, series, stations, zone, opens_at, starts_at, late_after, ends_at)
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, title = excluded.title, room = excluded.room, series = excluded.series,
    stations = excluded.stations, zone = excluded.zone, opens_at = excluded.opens_at, starts_at = excluded.starts_at,
    late_after = excluded.late_after, ends_at = excluded.ends_at
"""
_CHANGE = """
UPDATE session AS kept
SET state = coalesce(new.state, kept.state),
    opens_at = least(kept.opens_at, new.opened_at),
    rostered = coalesce(new.rostered, kept.rostered)
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::int[]) AS new (id, state, opened_at, rostered)
WHERE kept.id = new.id
"""
_BETWEEN = """
SELECT id, state, title, room, series, stations, zone, opens_at, starts_at, late_after, ends_at, rostered
FROM session WHERE starts_at >= %s AND starts_at < %s ORDER BY starts_at, room, id
"""
_OF_SERIES = "SELECT id FROM session WHERE series = %s AND state IN ('scheduled', 'open') ORDER BY starts_at, id"


class SessionsProjection:
    """Implements adapters.event_store.read_model.ReadModel."""

    name = "sessions"
    takes: tuple[type[Event], ...] = (*PLANNED, RosterChanged)
    personal = False
    tables: tuple[str, ...] = ("session",)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        changes: dict[UUID, SessionChange] = {}
        rostered: dict[UUID, int] = {}
        for projected in page:
            event = projected.event
            if isinstance(event, RosterChanged):
                changes.setdefault(projected.stream, SessionChange())
                rostered[projected.stream] = len(event.roster) + event.erased
            elif isinstance(event, PLANNED):
                changes.setdefault(projected.stream, SessionChange()).take(event)
            else:
                raise TypeError(f"not projected: {type(event).__name__}")
        plans = [_plan_row(id, change.plan) for id, change in changes.items() if change.plan is not None]
        if plans:
            cursor.execute(_PLAN, columns(plans), prepare=True)
        rows = [(id, change.state, change.opened_at, rostered.get(id)) for id, change in changes.items()]
        cursor.execute(_CHANGE, columns(rows), prepare=True)


class PostgresSessions:
    """Implements application.ports.Sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def between(self, start: datetime, end: datetime) -> Sequence[SessionSummary]:
        return [_summary(row) for row in await self._database.fetch(_BETWEEN, (start, end))]

    async def of_series(self, series: str) -> Sequence[UUID]:
        return [id for (id,) in await self._database.fetch(_OF_SERIES, (series,))]


def _plan_row(id: UUID, plan: Plan) -> tuple[object, ...]:
    times = plan.times
    moments = (times.opens_at, times.starts_at, times.late_after, times.ends_at)
    return (id, plan.title, plan.room, plan.series, as_array(plan.stations), times.zone, *moments)


def _summary(row: TupleRow) -> SessionSummary:
    id, state, title, room, series, stations, zone, opens_at, starts_at, late_after, ends_at, rostered = row
    times = Times(opens_at=opens_at, starts_at=starts_at, late_after=late_after, ends_at=ends_at, zone=zone)
    plan = Plan(title=title, room=room, stations=tuple(stations), times=times, series=series)
    return SessionSummary(id=id, state=state, plan=plan, rostered=rostered)
