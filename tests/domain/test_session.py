"""A session told as given events, when a command, then events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import session as sessions
from domain.attendance import Attendance
from domain.personal import PersonalData
from domain.session import AttendanceOpen, NotOnRoster, PlanImpossible, SessionOver, session_id
from domain.session_events import (
    AttendanceCorrected,
    AttendanceRevised,
    Cancelled,
    Closed,
    CorrectionWithdrawn,
    Opened,
    Outcome,
    Rescheduled,
    RosterChanged,
    Scheduled,
    SessionEvent,
)
from tests.domain.session_examples import (
    ADA,
    AFTER,
    ALAN,
    BEFORE,
    FRONT,
    GRACE,
    ID,
    STAFF,
    START,
    absent,
    after,
    minute,
    plan,
    present,
    scheduled,
    session,
)


def settled(*attendance: Attendance) -> list[SessionEvent]:
    """A closed session of those people."""
    events = scheduled(*(one.person for one in attendance))
    return after(events, sessions.settle(session(events), attendance, reported=True, at=AFTER))


def correct(events: list[SessionEvent], status: str, reason: str = "was at the dean's") -> list[SessionEvent]:
    decided = sessions.correct(
        session(events),
        ADA,
        status,  # type: ignore[arg-type]  # each test names a status
        reason=reason,
        author=STAFF,
        at=AFTER,
    )
    assert isinstance(decided, list)
    return decided


def test_the_same_plan_again_records_nothing_and_another_one_is_the_plan_from_now_on() -> None:
    events = scheduled()
    assert events == [Scheduled(at=BEFORE, plan=plan())]
    assert sessions.schedule(session(events), plan(), at=AFTER) == []
    moved = plan(start=START + timedelta(days=7))
    assert sessions.schedule(session(events), moved, at=AFTER) == [Rescheduled(at=AFTER, plan=moved)]


@pytest.mark.parametrize(
    ("field", "times"),
    [
        ("opens_at", {"opens_at": minute(1)}),
        ("late_after", {"late_after": minute(-1)}),
        ("late_after", {"late_after": minute(60)}),
        ("ends_at", {"ends_at": START}),
        ("ends_at", {"ends_at": minute(24 * 60)}),
    ],
)
def test_times_that_cannot_be_are_named(field: str, times: dict[str, object]) -> None:
    wrong = replace(plan(), times=replace(plan().times, **times))
    decided = sessions.schedule(None, wrong, at=BEFORE)
    assert isinstance(decided, PlanImpossible)
    assert decided.field == field


def test_a_session_without_a_station_is_impossible() -> None:
    decided = sessions.schedule(None, replace(plan(), stations=()), at=BEFORE)
    assert isinstance(decided, PlanImpossible)
    assert decided.field == "stations"


def test_a_roster_is_sealed_person_by_person_and_told_once() -> None:
    events = scheduled(GRACE, ADA)
    assert events[1:] == [RosterChanged(at=BEFORE, roster=(PersonalData(ADA, ADA), PersonalData(GRACE, GRACE)))]
    assert sessions.change_roster(session(events), [ADA, GRACE, ADA], at=AFTER) == []


def test_who_was_erased_still_counts_when_the_roster_changes() -> None:
    erased = RosterChanged(at=BEFORE, roster=(PersonalData.erased_value(), PersonalData(ADA, ADA)))
    state = session([scheduled()[0], erased])
    assert (state.people, state.erased) == (frozenset({ADA}), 1)
    assert sessions.change_roster(state, [GRACE], at=AFTER) == [
        RosterChanged(at=AFTER, roster=(PersonalData(GRACE, GRACE),), erased=1)
    ]


def test_a_session_opened_by_hand_takes_check_ins_from_then_on() -> None:
    events = scheduled()
    opened = sessions.open_early(session(events), at=minute(-40))
    assert opened == [Opened(at=minute(-40))]
    assert session(after(events, opened)).window.opens_at == minute(-40)
    assert sessions.open_early(session(events), at=minute(-5)) == []


def test_a_session_is_closed_with_everybodys_attendance_once_the_stations_have_reported() -> None:
    events = scheduled(ADA, GRACE)
    attendance = [present(ADA), absent(GRACE)]
    assert sessions.settle(session(events), attendance, reported=False, at=AFTER) == AttendanceOpen(0)
    closed = sessions.settle(session(events), attendance, reported=True, at=AFTER)
    assert closed == [
        Closed(
            at=AFTER,
            outcomes=(
                Outcome(person=PersonalData(ADA, ADA), status="present", check_in=present(ADA).check_in),
                Outcome(person=PersonalData(GRACE, GRACE), status="absent"),
            ),
        )
    ]
    assert sessions.settle(session(after(events, closed)), attendance, reported=True, at=AFTER) == []


def test_a_session_stays_open_while_somebody_is_still_expected_or_not_counted_yet() -> None:
    events = scheduled(ADA, GRACE, ALAN)
    attendance = [present(ADA), Attendance(person=GRACE, status="expected")]
    assert sessions.settle(session(events), attendance, reported=True, at=AFTER) == AttendanceOpen(2)


def test_a_check_in_that_arrives_after_the_closing_revises_it_by_an_event() -> None:
    events = settled(absent(ADA), present(GRACE))
    late = [Attendance(person=ADA, status="late", check_in=ID, check_ins=1), present(GRACE)]
    revised = sessions.settle(session(events), late, reported=True, at=AFTER)
    assert revised == [
        AttendanceRevised(at=AFTER, person=PersonalData(ADA, ADA), before="absent", after="late", check_in=ID)
    ]
    assert sessions.settle(session(after(events, revised)), late, reported=True, at=AFTER) == []


def test_a_correction_has_a_reason_and_an_author_and_is_told_once() -> None:
    events = scheduled(ADA)
    corrected = correct(events, "excused")
    assert corrected == [
        AttendanceCorrected(
            at=AFTER,
            person=PersonalData(ADA, ADA),
            status="excused",
            reason=PersonalData(ADA, "was at the dean's"),
            author=STAFF,
        )
    ]
    assert correct(after(events, corrected), "excused") == []


def test_a_correction_after_the_closing_revises_what_was_settled() -> None:
    events = settled(absent(ADA))
    corrected = correct(events, "excused")
    assert [type(event) for event in corrected] == [AttendanceCorrected, AttendanceRevised]
    stale = [absent(ADA)]
    assert sessions.settle(session(after(events, corrected)), stale, reported=True, at=AFTER) == []


def test_a_correction_that_is_withdrawn_lets_the_check_ins_speak_again() -> None:
    events = settled(absent(ADA))
    events = after(events, correct(events, "excused"))
    withdrawn = sessions.withdraw_correction(session(events), ADA, author=STAFF, at=AFTER)
    assert withdrawn == [CorrectionWithdrawn(at=AFTER, person=PersonalData(ADA, ADA), author=STAFF)]
    events = after(events, withdrawn)
    stale = [Attendance(person=ADA, status="excused", corrected=True)]
    assert sessions.settle(session(events), stale, reported=True, at=AFTER) == []
    revised = sessions.settle(session(events), [absent(ADA)], reported=True, at=AFTER)
    assert revised == [AttendanceRevised(at=AFTER, person=PersonalData(ADA, ADA), before="excused", after="absent")]


def test_nobody_is_corrected_who_is_not_expected() -> None:
    state = session(scheduled(GRACE))
    assert sessions.correct(state, ADA, "late", reason="", author=STAFF, at=AFTER) == NotOnRoster()
    assert sessions.withdraw_correction(state, ADA, author=STAFF, at=AFTER) == NotOnRoster()


def test_a_correction_goes_with_its_person() -> None:
    events = scheduled(ADA)
    events = after(events, correct(events, "late"))
    for people in ([GRACE], [GRACE, ADA]):
        events = after(events, sessions.change_roster(session(events), people, at=AFTER))
    assert session(events).corrections == {}


def test_what_is_closed_is_moved_no_more_and_what_is_cancelled_is_over() -> None:
    closed = session(settled(present(ADA)))
    assert sessions.change_roster(closed, [GRACE], at=AFTER) == SessionOver("closed")
    assert sessions.schedule(closed, plan(FRONT), at=AFTER) == SessionOver("closed")
    assert sessions.cancel(closed, at=AFTER) == SessionOver("closed")
    events = after(scheduled(ADA), [Cancelled(at=AFTER)])
    cancelled = session(events)
    assert sessions.cancel(cancelled, at=AFTER) == []
    assert sessions.settle(cancelled, [present(ADA)], reported=True, at=AFTER) == []
    assert sessions.open_early(cancelled, at=BEFORE) == SessionOver("cancelled")
    assert sessions.correct(cancelled, ADA, "late", reason="", author=STAFF, at=AFTER) == SessionOver("cancelled")


def test_a_timetable_key_always_names_the_same_session() -> None:
    assert session_id("la-1/2026-11-02T09:00") == session_id("la-1/2026-11-02T09:00") != session_id("la-1")


@given(st.lists(st.sampled_from(["roster", "correct", "withdraw", "settle", "open", "cancel", "move"]), max_size=12))
def test_replaying_all_events_is_evolving_one_by_one_and_a_retried_command_adds_none(names: list[str]) -> None:
    events = scheduled(ADA)
    commands: dict[str, Callable[[], object]] = {
        "roster": lambda: sessions.change_roster(session(events), [ADA, GRACE], at=AFTER),
        "correct": lambda: sessions.correct(session(events), ADA, "late", reason="r", author=STAFF, at=AFTER),
        "withdraw": lambda: sessions.withdraw_correction(session(events), ADA, author=STAFF, at=AFTER),
        "settle": lambda: sessions.settle(
            session(events), [present(one) for one in session(events).people], reported=True, at=AFTER
        ),
        "open": lambda: sessions.open_early(session(events), at=minute(-30)),
        "cancel": lambda: sessions.cancel(session(events), at=AFTER),
        "move": lambda: sessions.schedule(session(events), plan(FRONT), at=AFTER),
    }
    for name in names:
        decided = commands[name]()
        events = [*events, *decided] if isinstance(decided, list) else events
        again = commands[name]()
        assert not isinstance(again, list) or again == []
    state = None
    for count, event in enumerate(events, start=1):
        state = sessions.evolve(state, event, id=ID)
        assert state.version == count
    assert state == session(events)
