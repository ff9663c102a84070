"""Imports a timetable: each meeting is scheduled, moved or cancelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from application.importing import ImportReport, Numbered, Parsed, Tally, TimetableRow
from application.ports import Clock, Projections, SessionStore
from application.sessions import (
    PROJECTED_WITHIN_S,
    CancelSession,
    ScheduleSession,
    SessionChanged,
    SessionNotFound,
    load_session,
)
from domain import session as sessions
from domain.session import PlanImpossible, SessionOver, session_id
from domain.session_events import Cancelled, Rescheduled, Scheduled, SessionEvent

Decided = Sequence[SessionEvent] | PlanImpossible | SessionOver | SessionNotFound


class ImportTimetable:
    """Safe to repeat: a meeting is known by its key. What is no longer in the file is left as it is."""

    def __init__(
        self,
        *,
        schedule: ScheduleSession,
        cancel: CancelSession,
        store: SessionStore,
        projections: Projections,
        clock: Clock,
    ) -> None:
        self._schedule = schedule
        self._cancel = cancel
        self._store = store
        self._projections = projections
        self._clock = clock

    async def __call__(self, parsed: Parsed[TimetableRow]) -> ImportReport:
        tally = Tally(parsed.bad)
        position = 0
        for numbered in _once_each(parsed.rows, tally):
            outcome = await self._import(numbered.row)
            if isinstance(outcome, SessionChanged):
                position = max(position, outcome.position)
                _count(numbered, outcome.events, tally)
            else:
                _count(numbered, outcome, tally)
        await self._projections.wait(position, PROJECTED_WITHIN_S)
        return tally.report()

    async def preview(self, parsed: Parsed[TimetableRow]) -> ImportReport:
        """What an import would report now. It changes nothing."""
        tally = Tally(parsed.bad)
        for numbered in _once_each(parsed.rows, tally):
            _count(numbered, await self._would(numbered.row), tally)
        return tally.report()

    async def _import(self, row: TimetableRow) -> SessionChanged | PlanImpossible | SessionOver | SessionNotFound:
        id = session_id(row.key)
        return await self._cancel(id, wait=False) if row.cancelled else await self._schedule(id, row.plan, wait=False)

    async def _would(self, row: TimetableRow) -> Decided:
        session = await load_session(self._store, session_id(row.key))
        now = self._clock.now()
        if not row.cancelled:
            return sessions.schedule(session, row.plan, at=now)
        return SessionNotFound() if session is None else sessions.cancel(session, at=now)


def _once_each(rows: Sequence[Numbered[TimetableRow]], tally: Tally) -> Iterator[Numbered[TimetableRow]]:
    seen: dict[str, int] = {}
    for numbered in rows:
        first = seen.setdefault(numbered.row.key, numbered.number)
        if first == numbered.number:
            yield numbered
        else:
            tally.refuse(numbered.number, "start", f"row {first} schedules the same meeting")


def _count(numbered: Numbered[TimetableRow], decided: Decided, tally: Tally) -> None:
    match decided:
        case PlanImpossible(field=field, reason=reason):
            tally.refuse(numbered.number, field, reason)
        case SessionOver() if numbered.row.cancelled:
            tally.refuse(numbered.number, "status", "the session has taken place")
        case SessionOver(state=state):
            tally.refuse(numbered.number, "start", f"the session is {state}, and is moved no more")
        case SessionNotFound():
            tally.unchanged += 1  # a meeting that was never scheduled has nothing to cancel
        case events:
            tally.added += sum(isinstance(event, Scheduled) for event in events)
            tally.changed += sum(isinstance(event, Rescheduled | Cancelled) for event in events)
            tally.unchanged += not events
