"""A timetable as an iCalendar file: meetings within the dates asked for, and every event that is none."""

from __future__ import annotations

from adapters.imports.csv_table import FileUnreadable, text_of
from adapters.imports.timetable_icalendar import parse_timetable_icalendar
from tests.fuzz.targets.table import DEFAULTS

LONGEST_BYTES = 2_000
_PROPERTIES = "DTSTART DTEND DURATION RRULE RDATE EXDATE RECURRENCE-ID UID SUMMARY LOCATION STATUS TZID VALUE RANGE"
_RULES = "FREQ= DAILY WEEKLY MONTHLY YEARLY COUNT= INTERVAL= UNTIL= BYDAY= BYMONTH= BYMONTHDAY= BYSETPOS= BYHOUR= WKST="
_VALUES = (
    "VALUE=DATE VALUE=PERIOD TZID=UTC TZID=Europe PT1H -P1W 00010101T000000Z 99991231T235959 BEGIN:VEVENT END:VEVENT"
)
WORDS = f"{_PROPERTIES} {_RULES} {_VALUES}".split()
_ZONE = """\
BEGIN:VTIMEZONE
TZID:Office
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
"""
_WEEKLY = """\
UID:la-1
SUMMARY:Algebra
LOCATION:R 1
DTSTART;TZID=Europe/Berlin:20261019T090000
DTEND;TZID=Europe/Berlin:20261019T100000
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=Europe/Berlin:20261026T090000
RDATE;TZID=Europe/Berlin:20261028T090000
"""
_MOVED = """\
UID:la-1
SUMMARY:Algebra (moved)
LOCATION:R 1
RECURRENCE-ID;TZID=Europe/Berlin:20261102T090000
DTSTART;TZID=Europe/Berlin:20261103T140000
DURATION:PT1H
STATUS:CANCELLED
"""
_OWN_ZONE = """\
UID:own
SUMMARY:Talk
LOCATION:R 1
DTSTART;TZID=Office:20261102T090000
DTEND;TZID=Office:20261102T100000
"""


def attack(given: bytes) -> None:
    try:
        parsed = parse_timetable_icalendar(text_of(given), DEFAULTS)
    except FileUnreadable as error:
        assert len(str(error)) < 1_000
        return
    for one in parsed.rows:
        times = one.row.plan.times
        assert times.opens_at <= times.starts_at < times.ends_at
    for wrong in parsed.bad:
        assert len(wrong.reason) < 1_000


def seeds() -> list[bytes]:
    return [
        _calendar(_event(_WEEKLY), _event(_MOVED)),
        _calendar(_event(_WEEKLY.replace("WEEKLY;COUNT=4", "MONTHLY;BYDAY=3MO;UNTIL=20261130"))),
        _calendar(_ZONE, _event(_OWN_ZONE)),
        _calendar(_event("UID:a\nSUMMARY:b\nLOCATION:R 1\nDTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261103\n")),
        _calendar(_event("UID:a\nSUMMARY:b\nLOCATION:R 1\nDTSTART:20261102T090000Z\nDTEND:20261102T100000Z\n")),
    ]


def _event(lines: str) -> str:
    return f"BEGIN:VEVENT\n{lines}END:VEVENT\n"


def _calendar(*components: str) -> bytes:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//door//EN\n{''.join(components)}END:VCALENDAR\n".encode()
