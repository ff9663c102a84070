"""Random histories of one session: told to the domain's rules, and told to the database as events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from adapters.event_store.topics import Event
from domain import check_in as check_ins
from domain import session as sessions
from domain.attendance import Attendance, CorrectedStatus, Seen, moment_of, take_attendance
from domain.session_events import SessionEvent
from domain.station import StationReported
from tests.event_store.samples import matched
from tests.event_store.session_samples import AUTHOR, END, SESSION, START, plan, session

FRONT, BACK, ELSEWHERE = (UUID(int=number) for number in (0xD1, 0xD2, 0xD3))
PEOPLE = [UUID(int=0xA0 + number) for number in range(4)]
LONG_AFTER = END + timedelta(days=2)

# The limits themselves, more often than chance would meet them.
minutes = st.sampled_from([-15, 10, 60]) | st.integers(-25, 75)
stations = st.sampled_from([FRONT, BACK, ELSEWHERE])
people = st.sampled_from(PEOPLE)


class CheckInStep(msgspec.Struct, frozen=True):
    """`delay_min`: how long it was in the station's outbox. By PIN or by face."""

    person: UUID
    station: UUID
    captured_min: int
    delay_min: int
    by_pin: bool


class ReportStep(msgspec.Struct, frozen=True):
    station: UUID
    through_min: int


class RosterStep(msgspec.Struct, frozen=True):
    people: frozenset[UUID]


class CorrectStep(msgspec.Struct, frozen=True):
    """Without a status the correction is withdrawn."""

    person: UUID
    status: CorrectedStatus | None


class MoveStep(msgspec.Struct, frozen=True):
    """The session starts so many minutes later."""

    by_min: int


class OpenStep(msgspec.Struct, frozen=True):
    at_min: int


Step = CheckInStep | ReportStep | RosterStep | CorrectStep | MoveStep | OpenStep
steps = st.lists(
    st.one_of(
        st.builds(CheckInStep, people, stations, minutes, st.sampled_from([0, 1, 600]), st.booleans()),
        st.builds(CheckInStep, people, stations, minutes, st.sampled_from([0, 1, 600]), st.booleans()),
        st.builds(ReportStep, stations, st.just(60) | st.integers(30, 120)),
        st.builds(RosterStep, st.frozensets(people)),
        st.builds(CorrectStep, people, st.sampled_from([None, "present", "late", "absent", "excused"])),
        st.builds(MoveStep, st.sampled_from([-20, 20])),
        st.builds(OpenStep, st.integers(-40, -10)),
    ),
    max_size=25,
)
Told = tuple[UUID, int, Event]
"""A stream, the version before the event, and the event."""


class Story:
    """What was told, and what the domain makes of it."""

    def __init__(self, steps: Sequence[Step], *, roster: Sequence[UUID] = PEOPLE) -> None:
        self.told: list[Told] = []
        self.session: list[SessionEvent] = []
        self.seen: dict[UUID, list[Seen]] = {}
        self.through: dict[UUID, datetime] = {}
        self._tell_session(sessions.schedule(None, plan(FRONT, BACK), at=START))
        self._tell_session(sessions.change_roster(session(self.session), roster, at=START))
        for number, step in enumerate(steps):
            self._play(number, step)

    def attendance(self) -> list[Attendance]:
        state = session(self.session)
        corrections = {person: one.status for person, one in state.corrections.items()}
        return take_attendance(sorted(state.people), state.window, self.seen, corrections, self.through)

    def _play(self, number: int, step: Step) -> None:
        state = session(self.session)
        match step:
            case CheckInStep():
                self._check_in(number, step)
            case ReportStep(station=station, through_min=through):
                self._report(number, station, START + timedelta(minutes=through))
            case RosterStep(people=expected):
                self._tell_session(sessions.change_roster(state, expected, at=LONG_AFTER))
            case CorrectStep(person=person, status=None):
                self._tell_session(sessions.withdraw_correction(state, person, author=AUTHOR, at=LONG_AFTER))
            case CorrectStep(person=person, status=status):
                assert status is not None
                self._tell_session(sessions.correct(state, person, status, reason="so", author=AUTHOR, at=LONG_AFTER))
            case MoveStep(by_min=by):
                moved = plan(FRONT, BACK, start=state.plan.times.starts_at + timedelta(minutes=by))
                self._tell_session(sessions.schedule(state, moved, at=LONG_AFTER))
            case OpenStep(at_min=at):
                self._tell_session(sessions.open_early(state, at=START + timedelta(minutes=at)))

    def _check_in(self, number: int, step: CheckInStep) -> None:
        captured_at = START + timedelta(minutes=step.captured_min)
        received_at = captured_at + timedelta(minutes=step.delay_min)
        id = check_ins.check_in_id(step.station, f"{number}")
        events = check_ins.start(
            station_id=step.station,
            burst_id=f"{number}",
            request_digest="digest",
            claimed=None,
            captured_at=captured_at,
            at=received_at,
        )
        state = check_ins.evolve(None, events[0], id=id)
        if step.by_pin:
            events += check_ins.identify_by_other_route(state, step.person, "pin", by=None, at=received_at)
        else:
            events += matched(step.person)
        self.told += [(id, version, event) for version, event in enumerate(events)]
        one = Seen(check_in=id, station=step.station, moment=moment_of(captured_at, received_at))
        self.seen.setdefault(step.person, []).append(one)

    def _report(self, number: int, station: UUID, through: datetime) -> None:
        stream = UUID(int=0xE000 + number)
        self.told.append((stream, 0, StationReported(at=through, station_id=station, through=through)))
        self.through[station] = max(through, self.through.get(station, through))

    def _tell_session(self, decided: object) -> None:
        if isinstance(decided, list):
            version = len(self.session)
            self.told += [(SESSION, version + number, event) for number, event in enumerate(decided)]
            self.session += decided
