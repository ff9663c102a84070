"""Who was present, late, absent or excused, as it was believed at a moment: the domain's rules over events alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import msgspec

from adapters.analytics.as_of import Then, read_sealed
from adapters.cycle_collection import without_cycle_collection
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.topics import Event
from domain import session as sessions
from domain.attendance import Attendance, Seen, Status, Window, moment_of, take_attendance
from domain.check_in import IdentifiedByOtherRoute, IdentityMatched, Started
from domain.person import Registered
from domain.session import Session, State
from domain.session_events import AttendanceCorrected, CorrectionWithdrawn, RosterChanged, SessionEvent
from domain.station import StationReported

STATUSES: tuple[Status, ...] = ("present", "late", "absent", "excused", "expected")
# Unsealing is most of the work, so that only those are opened in which a person matters.
_OPENED: tuple[type[Event], ...] = (
    IdentityMatched,
    IdentifiedByOtherRoute,
    Registered,
    RosterChanged,
    AttendanceCorrected,
    CorrectionWithdrawn,
)
_CLOSED: tuple[type[Event], ...] = (
    Started,
    StationReported,
    *(event for event in SessionEvent.__subclasses__() if event not in _OPENED),
)


_MOMENT = attrgetter("moment")


class SessionThen(msgspec.Struct, frozen=True, kw_only=True):
    """`erased`: how many of the roster are not in the counts, because nobody can be told any more who they are."""

    id: UUID
    title: str
    room: str
    starts_at: datetime
    zone: str
    state: State
    counts: dict[Status, int]
    erased: int
    attendance: tuple[Attendance, ...]


class AttendanceThen(msgspec.Struct, frozen=True, kw_only=True):
    """`names` by person, of those who were registered by then and have not been erased to this day."""

    as_of: datetime
    sessions: tuple[SessionThen, ...]
    names: dict[UUID, str]


def replay_attendance(dsn: str, keys: KeyRing, as_of: datetime) -> AttendanceThen:
    """Sessions in the order of their starts; those that were cancelled by then are left out."""
    with without_cycle_collection():
        return believed(as_of, read_sealed(dsn, keys, as_of, _OPENED, _CLOSED))


def believed(as_of: datetime, history: Iterable[Then]) -> AttendanceThen:
    starts: dict[UUID, Started] = {}
    seen: dict[UUID, list[Seen]] = {}
    planned: dict[UUID, Session] = {}
    through: dict[UUID, datetime] = {}
    names: dict[UUID, str] = {}
    for then in history:
        match then.event:
            case Started() as event:
                starts[then.stream] = event
            case IdentityMatched(person=sealed) | IdentifiedByOtherRoute(person=sealed):
                person, start = sealed.reveal(), starts[then.stream]
                if person is not None:
                    moment = moment_of(start.captured_at, start.at)
                    one = Seen(check_in=then.stream, station=start.station_id, moment=moment)
                    seen.setdefault(person, []).append(one)
            case StationReported(station_id=station, through=until):
                through[station] = max(until, through.get(station, until))
            case Registered(name=name):
                if (revealed := name.reveal()) is not None:
                    names[then.stream] = revealed
            case SessionEvent() as event:
                planned[then.stream] = sessions.evolve(planned.get(then.stream), event, id=then.stream)
    for of_person in seen.values():
        of_person.sort(key=_MOMENT)
    held = sorted(
        (session for session in planned.values() if session.state != "cancelled"),
        key=lambda session: (session.plan.times.starts_at, session.plan.room, session.id),
    )
    return AttendanceThen(
        as_of=as_of, sessions=tuple(_session_then(session, seen, through) for session in held), names=names
    )


def _session_then(
    session: Session, seen: Mapping[UUID, Sequence[Seen]], through: Mapping[UUID, datetime]
) -> SessionThen:
    corrections = {person: correction.status for person, correction in session.corrections.items()}
    window = session.window
    nearby = {person: _during(window, of_person) for person in session.people if (of_person := seen.get(person))}
    taken = take_attendance(sorted(session.people), window, nearby, corrections, through)
    counts = {status: sum(one.status == status for one in taken) for status in STATUSES}
    return SessionThen(
        id=session.id,
        title=session.plan.title,
        room=session.plan.room,
        starts_at=session.plan.times.starts_at,
        zone=session.plan.times.zone,
        state=session.state,
        counts=counts,
        erased=session.erased,
        attendance=tuple(taken),
    )


def _during(window: Window, seen: Sequence[Seen]) -> Sequence[Seen]:
    """Those of one person (in order) that may count: over a long history few do."""
    return seen[bisect_left(seen, window.opens_at, key=_MOMENT) : bisect_left(seen, window.ends_at, key=_MOMENT)]
