"""A session: one meeting of a class or a shift, from its scheduling to its settled attendance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from domain.attendance import Attendance, CorrectedStatus, Status, Window
from domain.personal import PersonalData
from domain.session_events import (
    AttendanceCorrected,
    AttendanceRevised,
    Cancelled,
    Closed,
    CorrectionWithdrawn,
    Opened,
    Outcome,
    Plan,
    Rescheduled,
    RosterChanged,
    Scheduled,
    SessionEvent,
)

State = Literal["scheduled", "open", "closed", "cancelled"]
LONGEST = timedelta(hours=24)


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    status: CorrectedStatus
    reason: PersonalData[str]
    author: UUID
    at: datetime


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a session after `version` events. `settled`: the attendance as last recorded, once it is closed."""

    id: UUID
    version: int
    state: State
    plan: Plan
    opened_at: datetime | None = None
    roster: tuple[PersonalData[UUID], ...] = ()
    erased: int = 0
    corrections: dict[UUID, Correction] = {}
    settled: dict[UUID, Status] = {}

    @property
    def people(self) -> frozenset[UUID]:
        """Those on the roster who were not erased."""
        return frozenset(person for one in self.roster if (person := one.reveal()) is not None)

    @property
    def over(self) -> bool:
        return self.state in ("closed", "cancelled")

    @property
    def window(self) -> Window:
        times = self.plan.times
        opens_at = times.opens_at if self.opened_at is None else min(times.opens_at, self.opened_at)
        return Window(
            opens_at=opens_at,
            late_after=times.late_after,
            ends_at=times.ends_at,
            stations=frozenset(self.plan.stations),
        )


class PlanImpossible(msgspec.Struct, frozen=True):
    """`field` of the plan cannot be as it is, for a `reason` in words."""

    field: str
    reason: str


class SessionOver(msgspec.Struct, frozen=True):
    """The session is closed or cancelled, so it changes no more."""

    state: State


class AttendanceOpen(msgspec.Struct, frozen=True):
    """`waiting` people are neither seen nor absent: a station has not reported past the end."""

    waiting: int


class NotOnRoster(msgspec.Struct, frozen=True):
    """The person is not expected at this session."""


_SESSIONS = UUID("0f4f4f0c-9a3e-5c58-8f55-3a1f5d2b7c61")


def session_id(key: str) -> UUID:
    """One id for each key of a timetable, so that importing it again meets what was imported."""
    return uuid5(_SESSIONS, key)


def impossible(plan: Plan) -> PlanImpossible | None:
    """The first thing that is wrong with a plan."""
    times = plan.times
    if not plan.stations:
        return PlanImpossible("stations", "a session needs a station, or nobody could check in")
    if times.opens_at > times.starts_at:
        return PlanImpossible("opens_at", "check-ins would open after the start")
    if times.late_after < times.starts_at:
        return PlanImpossible("late_after", "people would be late before the start")
    if times.ends_at <= times.starts_at:
        return PlanImpossible("ends_at", "it would end before its start")
    if times.late_after >= times.ends_at:
        return PlanImpossible("late_after", "nobody could be late before the end")
    if times.ends_at - times.opens_at > LONGEST:
        return PlanImpossible("ends_at", "a session lasts 24 hours at most")
    return None


def schedule(session: Session | None, plan: Plan, *, at: datetime) -> list[SessionEvent] | PlanImpossible | SessionOver:
    """A new plan, or a changed one for a session that is known; nothing where it is as it was."""
    wrong = impossible(plan)
    if wrong is not None:
        return wrong
    if session is None:
        return [Scheduled(at=at, plan=plan)]
    if plan == session.plan:
        return []
    return SessionOver(session.state) if session.over else [Rescheduled(at=at, plan=plan)]


def change_roster(session: Session, people: Iterable[UUID], *, at: datetime) -> list[SessionEvent] | SessionOver:
    """`people` are expected, and nobody else (but those erased, who cannot be named any more)."""
    wanted = frozenset(people)
    if wanted == session.people:
        return []
    if session.over:
        return SessionOver(session.state)
    roster = tuple(PersonalData(person, person) for person in sorted(wanted))
    return [RosterChanged(at=at, roster=roster, erased=session.erased)]


def open_early(session: Session, *, at: datetime) -> list[SessionEvent] | SessionOver | PlanImpossible:
    if session.over:
        return SessionOver(session.state)
    if at >= session.window.opens_at:
        return []
    if session.plan.times.ends_at - at > LONGEST:
        return PlanImpossible("opens_at", "a session lasts 24 hours at most")
    return [Opened(at=at)]


def cancel(session: Session, *, at: datetime) -> list[SessionEvent] | SessionOver:
    if session.state == "cancelled":
        return []
    return SessionOver(session.state) if session.state == "closed" else [Cancelled(at=at)]


def settle(
    session: Session, attendance: Sequence[Attendance], *, reported: bool, at: datetime
) -> list[SessionEvent] | AttendanceOpen:
    """Close with the attendance of everybody on the roster, or revise what was settled where it has changed since.

    `reported`: every station has reported past the end. `attendance` may lag behind the session's own corrections.
    """
    if session.state == "cancelled":
        return []
    taken = {one.person: one for one in attendance if one.person in session.people}
    statuses = {person: status for person, one in taken.items() if (status := _final(session, one)) is not None}
    if session.state == "closed":
        return [
            event
            for person, status in sorted(statuses.items())
            for event in _revision(session, person, status, taken[person].check_in, at=at)
        ]
    waiting = len(session.people - statuses.keys())
    if waiting or not reported:
        return AttendanceOpen(waiting)
    outcomes = tuple(
        Outcome(person=PersonalData(person, person), status=status, check_in=taken[person].check_in)
        # By check-in, not by person: the same place must not mean the same person in each session.
        for person, status in sorted(statuses.items(), key=lambda one: str(taken[one[0]].check_in or "none"))
    )
    return [Closed(at=at, outcomes=outcomes)]


def correct(
    session: Session, person: UUID, status: CorrectedStatus, *, reason: str, author: UUID, at: datetime
) -> list[SessionEvent] | NotOnRoster | SessionOver:
    """What a member of staff says holds whatever the check-ins say, before the session is closed and after."""
    if session.state == "cancelled":
        return SessionOver(session.state)
    if person not in session.people:
        return NotOnRoster()
    known = session.corrections.get(person)
    if known is not None and (known.status, known.reason.reveal(), known.author) == (status, reason, author):
        return []
    corrected = AttendanceCorrected(
        at=at, person=PersonalData(person, person), status=status, reason=PersonalData(person, reason), author=author
    )
    return [corrected, *_revision(session, person, status, None, at=at)]


def withdraw_correction(
    session: Session, person: UUID, *, author: UUID, at: datetime
) -> list[SessionEvent] | NotOnRoster:
    if person not in session.people:
        return NotOnRoster()
    if person not in session.corrections:
        return []
    return [CorrectionWithdrawn(at=at, person=PersonalData(person, person), author=author)]


def _final(session: Session, attendance: Attendance) -> Status | None:
    """None where it cannot be said yet."""
    correction = session.corrections.get(attendance.person)
    if correction is not None:
        return correction.status
    return None if attendance.corrected or attendance.status == "expected" else attendance.status


def _revision(
    session: Session, person: UUID, status: Status, check_in: UUID | None, *, at: datetime
) -> list[SessionEvent]:
    before = session.settled.get(person)
    if before is None or before == status:
        return []
    sealed = PersonalData(person, person)
    return [AttendanceRevised(at=at, person=sealed, before=before, after=status, check_in=check_in)]


def evolve(session: Session | None, event: SessionEvent, *, id: UUID) -> Session:
    """The state after one more event."""
    if isinstance(event, Scheduled):
        return Session(id=id, version=1, state="scheduled", plan=event.plan)
    if session is None:
        raise ValueError(f"a session starts with Scheduled, not {type(event).__name__}")
    changes = _changes(session, event)
    return msgspec.structs.replace(session, version=session.version + 1, **changes)


def _changes(session: Session, event: SessionEvent) -> dict[str, object]:
    match event:
        case Rescheduled(plan=plan):
            return {"state": "scheduled", "plan": plan, "opened_at": None}
        case RosterChanged(roster=roster, erased=erased):
            kept = {person for one in roster if (person := one.reveal()) is not None}
            return {
                "roster": roster,
                "erased": erased + sum(one.erased for one in roster),
                "corrections": {person: one for person, one in session.corrections.items() if person in kept},
            }
        case Opened(at=at):
            return {"state": "open", "opened_at": at}
        case Closed(outcomes=outcomes):
            named = {one.person.reveal(): one.status for one in outcomes}
            return {"state": "closed", "settled": {who: status for who, status in named.items() if who is not None}}
        case Cancelled():
            return {"state": "cancelled"}
        case AttendanceRevised(person=sealed, after=after):
            person = sealed.reveal()
            return {} if person is None else {"settled": {**session.settled, person: after}}
        case AttendanceCorrected(person=sealed, status=status, reason=reason, author=author, at=at):
            person = sealed.reveal()
            correction = Correction(status=status, reason=reason, author=author, at=at)
            return {} if person is None else {"corrections": {**session.corrections, person: correction}}
        case CorrectionWithdrawn(person=sealed):
            person = sealed.reveal()
            return {"corrections": {who: one for who, one in session.corrections.items() if who != person}}
    raise TypeError(f"not an event of a session: {type(event).__name__}")


def replay(id: UUID, events: Iterable[SessionEvent]) -> Session | None:
    """The state after all of `events`, None where there are none."""
    session: Session | None = None
    for event in events:
        session = evolve(session, event, id=id)
    return session
