"""Timetables as iCalendar: repeated events, what was taken out or moved, and every event that is no meeting."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar.timezone import tzp

from adapters.imports.csv_table import FileUnreadable
from adapters.imports.recurrence import Between
from adapters.imports.timetable import Defaults
from adapters.imports.timetable_icalendar import parse_timetable_icalendar
from application.importing import Parsed, TimetableRow

DOOR = UUID(int=0xD1)
DEFAULTS = Defaults(
    between=Between(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
    zone="Europe/Berlin",
    stations={"R 1": (DOOR,)},
)
WEEKLY = """\
UID:la-1
SUMMARY:Algebra
LOCATION:R 1
DTSTART;TZID=Europe/Berlin:20261019T090000
DTEND;TZID=Europe/Berlin:20261019T100000
RRULE:FREQ=WEEKLY;COUNT=4
"""
MOVED = """\
UID:la-1
SUMMARY:Algebra (moved)
LOCATION:R 1
RECURRENCE-ID;TZID=Europe/Berlin:20261026T090000
DTSTART;TZID=Europe/Berlin:20261027T140000
DTEND;TZID=Europe/Berlin:20261027T150000
"""
ONCE = """\
UID:once
SUMMARY:Talk
LOCATION:R 1
DTSTART:20261102T090000
DTEND:20261102T100000
"""


def calendar(*events: str) -> Parsed[TimetableRow]:
    body = "".join(f"BEGIN:VEVENT\n{event}END:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{body}END:VCALENDAR\n"
    return parse_timetable_icalendar(text, DEFAULTS)


def told(parsed: Parsed[TimetableRow]) -> list[tuple[str, str, bool]]:
    """Key, start in UTC, and whether it was cancelled."""
    rows = [one.row for one in parsed.rows]
    return [(row.key, f"{row.plan.times.starts_at:%m-%d %H:%M}", row.cancelled) for row in rows]


def test_a_weekly_event_keeps_its_hour_when_the_clocks_change() -> None:
    assert told(calendar(WEEKLY)) == [
        ("la-1/2026-10-19T09:00", "10-19 07:00", False),
        ("la-1/2026-10-26T09:00", "10-26 08:00", False),
        ("la-1/2026-11-02T09:00", "11-02 08:00", False),
        ("la-1/2026-11-09T09:00", "11-09 08:00", False),
    ]


def test_a_meeting_taken_out_of_its_series_is_cancelled_and_one_put_in_is_added() -> None:
    changed = WEEKLY + "EXDATE;TZID=Europe/Berlin:20261026T090000\nRDATE;TZID=Europe/Berlin:20261028T090000\n"
    assert [(key[-16:], gone) for key, _, gone in told(calendar(changed))] == [
        ("2026-10-19T09:00", False),
        ("2026-10-26T09:00", True),
        ("2026-10-28T09:00", False),
        ("2026-11-02T09:00", False),
        ("2026-11-09T09:00", False),
    ]


@pytest.mark.parametrize("events", [(WEEKLY, MOVED), (MOVED, WEEKLY)])
def test_a_meeting_that_was_moved_keeps_its_key(events: tuple[str, str]) -> None:
    rows = {key: start for key, start, _ in told(calendar(*events))}
    assert rows["la-1/2026-10-26T09:00"] == "10-27 13:00"
    assert len(rows) == 4


def test_a_meeting_that_was_cancelled_alone_is_cancelled() -> None:
    rows = {key: gone for key, _, gone in told(calendar(WEEKLY, MOVED + "STATUS:CANCELLED\n"))}
    assert [key for key, gone in rows.items() if gone] == ["la-1/2026-10-26T09:00"]


def test_a_time_without_a_zone_is_in_the_zone_asked_for_and_windows_names_are_known() -> None:
    named = ONCE.replace("DTSTART:", 'DTSTART;TZID="W. Europe Standard Time":').replace(
        "DTEND:", 'DTEND;TZID="W. Europe Standard Time":'
    )
    assert told(calendar(ONCE)) == told(calendar(named)) == [("once/2026-11-02T09:00", "11-02 08:00", False)]


def test_a_time_in_utc_repeats_in_utc_and_is_shown_in_the_zone_asked_for() -> None:
    event = ONCE.replace("T090000", "T090000Z").replace("T100000", "T100000Z").replace("20261102", "20261019")
    parsed = calendar(event + "RRULE:FREQ=WEEKLY;COUNT=2\n")
    assert told(parsed) == [
        ("once/2026-10-19T11:00", "10-19 09:00", False),
        ("once/2026-10-26T10:00", "10-26 09:00", False),
    ]
    assert {one.row.plan.times.zone for one in parsed.rows} == {"Europe/Berlin"}


def test_a_duration_is_of_hours_that_pass() -> None:
    event = ONCE.replace("DTEND:20261102T100000", "DURATION:PT3H").replace("20261102T090000", "20261025T010000")
    (row,) = [one.row for one in calendar(event).rows]
    assert (row.plan.times.ends_at - row.plan.times.starts_at).total_seconds() == 3 * 3600


OFFICE = """\
BEGIN:VTIMEZONE
TZID:Office
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
RRULE:FREQ=SECONDLY
END:STANDARD
END:VTIMEZONE
"""


@pytest.mark.parametrize("zone", ["Office", "Europe", "/no.vendor/Europe", "Europe/Atlantis"])
def test_a_zone_that_a_file_describes_itself_or_that_is_a_folder_is_none(zone: str) -> None:
    for field in ("DTSTART", "DTEND"):
        event = ONCE.replace(f"{field}:", f"{field};TZID={zone}:")
        parsed = parse_timetable_icalendar(
            f"BEGIN:VCALENDAR\n{OFFICE}BEGIN:VEVENT\n{event}END:VEVENT\nEND:VCALENDAR\n", DEFAULTS
        )
        assert [(one.field, "no time zone" in one.reason) for one in parsed.bad] == [(field, True)]


def test_a_vendors_name_of_a_zone_is_the_zone() -> None:
    vendors = ONCE.replace("DTSTART:", "DTSTART;TZID=/mozilla.org/20050126_1/Europe/Athens:")
    vendors = vendors.replace("DTEND:", "DTEND;TZID=/mozilla.org/20050126_1/Europe/Athens:")
    assert told(calendar(vendors)) == [("once/2026-11-02T09:00", "11-02 07:00", False)]


def test_no_zone_that_a_file_names_is_kept_for_the_next() -> None:
    """The library keeps every name that led somewhere: strangers would fill the memory with them."""
    before = len(kept_zones())
    for number in range(20):
        calendar(ONCE.replace("DTSTART:", f"DTSTART;TZID=/v{number}.org/Europe/Berlin:"))
    assert len(kept_zones()) <= before + 1
    assert kept_zones() != {}, "the control: one file's are there until the next comes"


def kept_zones() -> dict[str, object]:
    (kept,) = [value for name, value in vars(tzp).items() if name.endswith("__tz_cache")]
    assert isinstance(kept, dict)
    return kept


def test_a_text_of_one_line_is_no_path_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "timetable.ics"
    file.write_text(f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{ONCE}END:VEVENT\nEND:VCALENDAR\n", encoding="utf-8")
    with pytest.raises(FileUnreadable):
        parse_timetable_icalendar(str(file), DEFAULTS)


def test_a_rule_whose_end_is_an_hour_is_refused() -> None:
    parsed = calendar(WEEKLY.replace("COUNT=4", "UNTIL=202611"))
    assert [one.field for one in parsed.bad] == ["RRULE"]


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (ONCE.replace("UID:once\n", ""), "UID"),
        (ONCE.replace("SUMMARY:Talk\n", ""), "SUMMARY"),
        (ONCE.replace("SUMMARY:Talk", "SUMMARY:Ta\u202elk"), "SUMMARY"),
        (ONCE.replace("R 1", "R 2"), "room"),
        (ONCE.replace("DTSTART:20261102T090000\n", ""), "DTSTART"),
        (ONCE.replace("DTSTART:20261102T090000", "DTSTART;VALUE=DATE:20261102"), "DTSTART"),
        (ONCE.replace("DTSTART:", "DTSTART;TZID=Europe/Atlantis:"), "DTSTART"),
        (ONCE.replace("DTSTART:20261102T090000", "DTSTART:soon"), "DTSTART"),
        (ONCE.replace("DTEND:20261102T100000\n", ""), "DTEND"),
        (ONCE.replace("DTEND:20261102T100000", "DTEND:20261102T090000"), "DTEND"),
        (ONCE + "RRULE:FREQ=HOURLY\n", "RRULE"),
        (ONCE + "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY\n", "RRULE"),
        (MOVED.replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;"), "RECURRENCE-ID"),
    ],
)
def test_an_event_that_is_no_meeting_is_named_by_its_number(event: str, field: str) -> None:
    parsed = calendar(ONCE, event)
    assert [(bad.row, bad.field) for bad in parsed.bad] == [(2, field)]
    assert [one.number for one in parsed.rows] == [1]


@pytest.mark.parametrize("text", ["", "no calendar", "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n"])
def test_what_is_no_calendar_is_not_read_at_all(text: str) -> None:
    with pytest.raises(FileUnreadable):
        parse_timetable_icalendar(text, DEFAULTS)


LINES = st.lists(
    st.sampled_from([*WEEKLY.splitlines(), *MOVED.splitlines(), *ONCE.splitlines(), "DTEND:", "X"]), max_size=9
)
TIMES = st.text("0123456789TZ-:;=,.PVD", max_size=20)


@given(LINES, st.sampled_from(["DTSTART", "DTEND", "RRULE", "EXDATE", "RDATE", "DURATION", "RECURRENCE-ID"]), TIMES)
def test_no_event_breaks_the_reader(lines: list[str], name: str, value: str) -> None:
    event = "\n".join([*lines, f"{name}:{value}", ""])
    try:
        parsed = calendar(ONCE, event)
    except FileUnreadable:
        return
    assert {one.number for one in parsed.rows} | {bad.row for bad in parsed.bad} <= {1, 2}
