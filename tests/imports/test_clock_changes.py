"""Repeated meetings by the clock on the wall, in every zone and across every change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.imports.recurrence import MOST_MEETINGS, Between, ReadingTime, RuleWrong, occurrences
from adapters.imports.wall_clock import moment_at, shown_at

BERLIN = ZoneInfo("Europe/Berlin")
YEAR = Between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")]
zones = st.sampled_from(ZONES)
shown = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda one: one.replace(second=0, microsecond=0))


def test_an_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    assert moment_at(datetime(2026, 10, 25, 2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_hour_that_is_skipped_is_as_long_after_midnight_as_it_would_have_been() -> None:
    assert moment_at(datetime(2026, 3, 29, 2, 30), BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(shown, zones)
def test_what_is_shown_leads_to_a_moment_and_back_unless_the_clock_never_showed_it(
    clock: datetime, zone: ZoneInfo
) -> None:
    back = shown_at(moment_at(clock, zone), zone)
    skipped = moment_at(clock, zone) != moment_at(back, zone) or back != clock
    assume(not skipped)
    assert back == clock


@given(shown, zones, st.integers(0, 400), st.integers(1, 60))
def test_a_daily_meeting_is_at_the_same_hour_every_day_whatever_the_window(
    first: datetime, zone: ZoneInfo, after_days: int, days: int
) -> None:
    start = moment_at(first, zone) + timedelta(days=after_days)
    between = Between(start, start + timedelta(days=days))
    found = occurrences(first, "FREQ=DAILY", zone, between, ReadingTime())
    assert {one.time() for one in found} <= {first.time()}
    assert [one.date() for one in found] == [
        day.date()
        for number in range(after_days + days + 3)
        if between.holds(moment_at(day := first + timedelta(days=number), zone))
    ]


@given(shown, zones, st.integers(2, 40), st.data())
def test_two_windows_side_by_side_find_what_one_window_finds(
    first: datetime, zone: ZoneInfo, days: int, data: st.DataObject
) -> None:
    start = moment_at(first, zone)
    end = start + timedelta(days=days)
    middle = start + timedelta(minutes=data.draw(st.integers(0, days * 24 * 60)))
    rule = "FREQ=WEEKLY;BYDAY=MO,WE,SU"
    halves = [Between(start, middle), Between(middle, end)]
    assert [one for half in halves for one in occurrences(first, rule, zone, half, ReadingTime())] == occurrences(
        first, rule, zone, Between(start, end), ReadingTime()
    )


@pytest.mark.parametrize("until", ["20261026", "20261026T080000Z", "20261026T090000"])
def test_until_is_the_last_meeting_in_each_of_its_spellings(until: str) -> None:
    between = Between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    found = occurrences(datetime(2026, 10, 12, 9, 0), f"FREQ=WEEKLY;UNTIL={until}", BERLIN, between, ReadingTime())
    assert [one.day for one in found] == [12, 19, 26]


def test_a_rule_that_repeats_too_often_is_refused() -> None:
    between = Between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=3650))
    with pytest.raises(RuleWrong, match=str(MOST_MEETINGS)):
        occurrences(datetime(2026, 1, 1, 9, 0), "FREQ=DAILY", BERLIN, between, ReadingTime())


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=many",
        "FREQ=SECONDLY",
        "FREQ=DAILY;UNTIL=202611",
        "DTSTART:20260101T000000\nRRULE:FREQ=DAILY",
        "FREQ=MONTHLY;BYMONTHDAY=" + ",".join(["1"] * 200),
    ],
)
def test_a_rule_that_never_ends_or_is_none_is_refused(rule: str) -> None:
    with pytest.raises(RuleWrong):
        occurrences(datetime(2026, 1, 1, 9, 0), rule, BERLIN, YEAR, ReadingTime())


def test_a_count_is_of_all_meetings_and_not_of_those_in_the_window() -> None:
    began = datetime(2025, 12, 30, 9, 0)
    found = occurrences(began, "FREQ=DAILY;COUNT=4", BERLIN, YEAR, ReadingTime())
    assert [one.day for one in found] == [1, 2]


def test_a_rule_that_computes_for_long_leaves_its_file_without_more_time() -> None:
    """Every minute of every day since 1971: a single one would take longer than all files of a year."""
    reading = ReadingTime(0.05)
    hours, minutes = ",".join(map(str, range(24))), ",".join(map(str, range(0, 60, 2)))
    rule = f"FREQ=DAILY;BYHOUR={hours};BYMINUTE={minutes}"
    for often in (rule, "FREQ=DAILY"):
        with pytest.raises(RuleWrong, match="too long to read"):
            occurrences(datetime(1971, 1, 1, 9, 0), often, BERLIN, YEAR, reading)


@pytest.mark.parametrize("end", [datetime.min, datetime.max])
def test_a_window_may_reach_to_the_end_of_time(end: datetime) -> None:
    open_window = Between(datetime.min.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    found = occurrences(datetime(2026, 1, 1, 9, 0), "FREQ=DAILY;COUNT=3", BERLIN, open_window, ReadingTime())
    assert len(found) == (3 if end == datetime.max else 0)
