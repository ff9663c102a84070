"""Attendance: who was present, late, absent or excused, whatever arrived in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attendance import Attendance, CorrectedStatus, Seen, all_reported, attend, moment_of, take_attendance
from tests.domain.session_examples import (
    ADA,
    ALAN,
    BACK,
    ELSEWHERE,
    FRONT,
    GRACE,
    LASTS_MIN,
    LATE_MIN,
    OPENS_MIN,
    minute,
    scheduled,
    seen,
    session,
)

WINDOW = session(scheduled(ADA)).window
moments = st.integers(OPENS_MIN - 10, LASTS_MIN + 10)
sightings = st.lists(
    st.builds(seen, st.integers(1, 9), moments, st.sampled_from([FRONT, BACK, ELSEWHERE])),
    max_size=8,
    unique_by=lambda one: one.check_in,
)
corrections = st.sampled_from([None, None, "present", "late", "absent", "excused"])


def of_ada(*check_ins: Seen, correction: CorrectedStatus | None = None, reported: bool = False) -> Attendance:
    return attend(ADA, WINDOW, check_ins, correction, reported=reported)


@pytest.mark.parametrize(
    ("at_min", "status"),
    [
        (OPENS_MIN - 0.01, "expected"),
        (OPENS_MIN, "present"),
        (LATE_MIN, "present"),
        (LATE_MIN + 0.01, "late"),
        (LASTS_MIN - 0.01, "late"),
        (LASTS_MIN, "expected"),
    ],
)
def test_a_check_in_counts_from_the_opening_to_the_end_and_is_late_after_late_after(at_min: float, status: str) -> None:
    assert of_ada(seen(1, at_min)).status == status


def test_a_check_in_at_another_room_does_not_count() -> None:
    assert of_ada(seen(1, 0, ELSEWHERE)) == Attendance(person=ADA, status="expected")


def test_a_second_check_in_is_shown_and_counted_once() -> None:
    twice = of_ada(seen(2, 20), seen(1, 5, BACK))
    assert (twice.status, twice.check_in, twice.moment) == ("present", UUID(int=1), minute(5))
    assert (twice.check_ins, twice.repeated) == (2, True)
    assert not of_ada(seen(1, 5)).repeated


def test_nobody_is_absent_until_the_last_station_has_reported_past_the_end() -> None:
    roster = [ADA]
    for reports, status in (
        ({}, "expected"),
        ({FRONT: minute(LASTS_MIN)}, "expected"),
        ({FRONT: minute(LASTS_MIN), BACK: minute(LASTS_MIN - 0.01)}, "expected"),
        ({FRONT: minute(LASTS_MIN), BACK: minute(LASTS_MIN)}, "absent"),
    ):
        assert [one.status for one in take_attendance(roster, WINDOW, {}, {}, reports)] == [status]


def test_what_a_member_of_staff_says_holds_and_the_check_in_is_still_shown() -> None:
    corrected = of_ada(seen(1, 5), correction="excused", reported=True)
    assert (corrected.status, corrected.check_in, corrected.corrected) == ("excused", UUID(int=1), True)


def test_the_stations_word_is_taken_for_the_moment_unless_its_clock_is_ahead() -> None:
    assert moment_of(minute(1), minute(9)) == minute(1)
    assert moment_of(minute(9), minute(1)) == minute(1)
    assert moment_of(None, minute(9)) == minute(9)


@given(sightings, st.data(), corrections, st.booleans())
def test_the_order_in_which_check_ins_arrive_does_not_matter(
    check_ins: list[Seen], data: st.DataObject, correction: CorrectedStatus | None, reported: bool
) -> None:
    shuffled = data.draw(st.permutations(check_ins))
    assert of_ada(*check_ins, correction=correction, reported=reported) == of_ada(
        *shuffled, correction=correction, reported=reported
    )


@given(sightings)
def test_the_same_check_in_told_twice_counts_once(check_ins: list[Seen]) -> None:
    assert of_ada(*check_ins, *check_ins) == of_ada(*check_ins)


@given(sightings, sightings, st.booleans())
def test_one_more_check_in_never_makes_anybody_later(first: list[Seen], more: list[Seen], reported: bool) -> None:
    order = ["absent", "expected", "late", "present"]
    before, then = of_ada(*first, reported=reported), of_ada(*first, *more, reported=reported)
    assert order.index(then.status) >= order.index(before.status)


@given(
    st.dictionaries(st.sampled_from([ADA, GRACE, ALAN]), sightings),
    st.dictionaries(st.sampled_from([FRONT, BACK]), st.integers(0, LASTS_MIN - 1).map(minute)),
    st.lists(st.sampled_from([ADA, GRACE]), max_size=3),
)
def test_everybody_on_the_roster_is_there_once_and_nobody_else(
    check_ins: dict[UUID, Sequence[Seen]], reports: dict[UUID, datetime], roster: list[UUID]
) -> None:
    taken = take_attendance(roster, WINDOW, check_ins, {}, reports)
    assert [one.person for one in taken] == sorted(set(roster))
    assert not all_reported(WINDOW, reports)
    assert "absent" not in {one.status for one in taken}
