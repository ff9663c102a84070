"""Imports a timetable: each meeting is scheduled, moved or cancelled."""

from __future__ import annotations

from application.importing import ImportReport, Numbered, Parsed, Tally, TimetableRow
from application.ports import Projections
from application.sessions import PROJECTED_WITHIN_S, CancelSession, ScheduleSession, SessionChanged
from domain.session import PlanImpossible, SessionOver, session_id
from domain.session_events import Cancelled, Rescheduled, Scheduled


class ImportTimetable:
    """Safe to repeat: a meeting is known by its key. What is no longer in the file is left as it is."""

    def __init__(self, *, schedule: ScheduleSession, cancel: CancelSession, projections: Projections) -> None:
        self._schedule = schedule
        self._cancel = cancel
        self._projections = projections

    async def __call__(self, parsed: Parsed[TimetableRow]) -> ImportReport:
        tally = Tally(parsed.bad)
        position = 0
        seen: dict[str, int] = {}
        for numbered in parsed.rows:
            first = seen.setdefault(numbered.row.key, numbered.number)
            if first != numbered.number:
                tally.refuse(numbered.number, "start", f"row {first} schedules the same meeting")
            elif numbered.row.cancelled:
                position = max(position, await self._call_off(numbered, tally))
            else:
                position = max(position, await self._plan(numbered, tally))
        await self._projections.wait(position, PROJECTED_WITHIN_S)
        return tally.report()

    async def _plan(self, numbered: Numbered[TimetableRow], tally: Tally) -> int:
        outcome = await self._schedule(session_id(numbered.row.key), numbered.row.plan, wait=False)
        match outcome:
            case PlanImpossible(field=field, reason=reason):
                tally.refuse(numbered.number, field, reason)
            case SessionOver(state=state):
                tally.refuse(numbered.number, "start", f"the session is {state}, and is moved no more")
            case SessionChanged(events=events, position=position):
                tally.added += sum(isinstance(event, Scheduled) for event in events)
                tally.changed += sum(isinstance(event, Rescheduled) for event in events)
                tally.unchanged += not events
                return position
        return 0

    async def _call_off(self, numbered: Numbered[TimetableRow], tally: Tally) -> int:
        """A meeting that was never scheduled has nothing to cancel."""
        outcome = await self._cancel(session_id(numbered.row.key), wait=False)
        if isinstance(outcome, SessionOver):
            tally.refuse(numbered.number, "status", "the session has taken place")
            return 0
        events = outcome.events if isinstance(outcome, SessionChanged) else ()
        tally.changed += any(isinstance(event, Cancelled) for event in events)
        tally.unchanged += not events
        return outcome.position if isinstance(outcome, SessionChanged) else 0
