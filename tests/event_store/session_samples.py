"""Events of a made-up session, of its stations and of attempts at a PIN, as the domain makes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from adapters.event_store.topics import Event
from domain import check_in as check_ins
from domain import session as sessions
from domain.attempts import Attempted
from domain.attendance import Attendance
from domain.check_in import CheckInEvent
from domain.personal import PersonalData
from domain.session import Session
from domain.session_events import Cancelled, CorrectionWithdrawn, Opened, Plan, SessionEvent, Times
from domain.station import StationReported
from tests.event_store.samples import AT, later

START = AT + timedelta(hours=1)
END = START + timedelta(hours=1)
ROOM = "R 101"
SESSION = UUID("5e550000-0000-4000-8000-000000000001")
AUTHOR = UUID("57aff000-0000-4000-8000-000000000001")


def plan(*stations: UUID, start: datetime = START, lasts: timedelta = timedelta(hours=1)) -> Plan:
    times = Times(
        opens_at=start - timedelta(minutes=15),
        starts_at=start,
        late_after=start + timedelta(minutes=10),
        ends_at=start + lasts,
        zone="Europe/Berlin",
    )
    return Plan(title="Linear algebra", room=ROOM, stations=stations, times=times, series="la-1")


def scheduled(*stations: UUID, people: Iterable[UUID] = ()) -> list[SessionEvent]:
    """A new session, with its roster."""
    events = sessions.schedule(None, plan(*stations), at=AT)
    assert isinstance(events, list)
    roster = sessions.change_roster(session(events), people, at=AT)
    assert isinstance(roster, list)
    return [*events, *roster]


def session(events: Sequence[SessionEvent]) -> Session:
    state = sessions.replay(SESSION, events)
    assert state is not None
    return state


def closed(events: Sequence[SessionEvent], attendance: Sequence[Attendance]) -> list[SessionEvent]:
    decided = sessions.settle(session(events), attendance, reported=True, at=later(9000))
    assert isinstance(decided, list)
    return decided


def corrected(events: Sequence[SessionEvent], person: UUID) -> list[SessionEvent]:
    decided = sessions.correct(
        session(events), person, "excused", reason="a note from Ada's doctor", author=AUTHOR, at=later(9100)
    )
    assert isinstance(decided, list)
    return decided


def seen(station: UUID, person: UUID, moment: datetime, *, burst_id: str = "pin-1") -> list[CheckInEvent]:
    """Somebody who checked in with a PIN."""
    started = check_ins.start(
        station_id=station, burst_id=burst_id, request_digest="digest", claimed=None, captured_at=moment, at=later(8000)
    )
    state = check_ins.evolve(None, started[0], id=check_ins.check_in_id(station, burst_id))
    return [*started, *check_ins.identify_by_other_route(state, person, "pin", by=None, at=later(8000))]


def one_of_each(station: UUID, ada: UUID, bob: UUID) -> list[Event]:
    """Every event of this file's kinds, once."""
    first = scheduled(station, people=[ada, bob])
    absent = [Attendance(person=ada, status="late", check_in=UUID(int=5)), Attendance(person=bob, status="absent")]
    settled = [*first, *closed(first, absent)]
    moved = sessions.schedule(session(first), plan(station, start=later(7200)), at=later(60))
    assert isinstance(moved, list)
    return [
        *settled,
        *corrected(settled, bob),
        *moved,
        Opened(at=later(120)),
        Cancelled(at=later(180)),
        CorrectionWithdrawn(at=later(9200), person=PersonalData(bob, bob), author=AUTHOR),
        StationReported(at=later(9000), station_id=station, through=later(9000)),
        Attempted(at=AT),
        seen(station, ada, START)[1],
    ]
