"""A session that the domain's tests share, and attendance told in minutes from its start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain import session as sessions
from domain.attendance import Attendance, Seen
from domain.session import Session
from domain.session_events import Plan, SessionEvent, Times

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
BEFORE = START - timedelta(days=1)
AFTER = START + timedelta(days=1)
LASTS_MIN, LATE_MIN, OPENS_MIN = 60, 10, -15
FRONT, BACK, ELSEWHERE = (UUID(int=number) for number in (0xD1, 0xD2, 0xD3))
ADA, GRACE, ALAN = (UUID(int=number) for number in (0xA1, 0xA2, 0xA3))
STAFF = UUID(int=0x57)
ID = UUID(int=0x5E)


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def plan(*stations: UUID, start: datetime = START) -> Plan:
    times = Times(
        opens_at=start + timedelta(minutes=OPENS_MIN),
        starts_at=start,
        late_after=start + timedelta(minutes=LATE_MIN),
        ends_at=start + timedelta(minutes=LASTS_MIN),
        zone="Europe/Berlin",
    )
    return Plan(title="Algebra", room="R 1", stations=stations or (FRONT, BACK), times=times)


def scheduled(*people: UUID) -> list[SessionEvent]:
    events = sessions.schedule(None, plan(), at=BEFORE)
    assert isinstance(events, list)
    roster = sessions.change_roster(session(events), people, at=BEFORE)
    assert isinstance(roster, list)
    return [*events, *roster]


def session(events: Sequence[SessionEvent]) -> Session:
    """The session after `events`."""
    state = sessions.replay(ID, events)
    assert state is not None
    return state


def after(events: Sequence[SessionEvent], decided: object) -> list[SessionEvent]:
    """`events`, and those that were decided then."""
    assert isinstance(decided, list), decided
    return [*events, *decided]


def seen(number: int, at_min: float, station: UUID = FRONT) -> Seen:
    return Seen(check_in=UUID(int=number), station=station, moment=minute(at_min))


def present(person: UUID) -> Attendance:
    return Attendance(person=person, status="present", check_in=UUID(int=1), moment=START, check_ins=1)


def absent(person: UUID) -> Attendance:
    return Attendance(person=person, status="absent")
