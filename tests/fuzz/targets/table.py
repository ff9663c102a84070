"""People, rosters and timetables as CSV files: rows, and every bad one by its number."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from adapters.imports.csv_table import FileUnreadable, text_of
from adapters.imports.people_csv import parse_people, parse_rosters
from adapters.imports.recurrence import Between
from adapters.imports.timetable import Defaults
from adapters.imports.timetable_csv import parse_timetable_csv

LONGEST_BYTES = 2_000
DEFAULTS = Defaults(
    between=Between(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
    zone="Europe/Berlin",
    stations={"R 1": (UUID(int=0xD1),)},
    named={"north": UUID(int=0xD2)},
)

_WORDS = "FREQ= DAILY WEEKLY MONTHLY YEARLY COUNT= INTERVAL= UNTIL= BYDAY= BYMONTHDAY= BYSETPOS= BYHOUR= UTC"
WORDS = _WORDS.split()


def attack(given: bytes) -> None:
    """The first byte chooses the table."""
    if not given:
        return
    try:
        text = text_of(given[1:])
        lines = text.count("\n") + text.count("\r") + 1
        match given[0] % 3:
            case 0:
                parsed_people = parse_people(text)
                assert len(parsed_people.rows) + len(parsed_people.bad) < lines
            case 1:
                parsed_rosters = parse_rosters(text)
                assert len(parsed_rosters.rows) + len(parsed_rosters.bad) < lines
            case _:
                for one in parse_timetable_csv(text, DEFAULTS).rows:
                    times = one.row.plan.times
                    assert times.opens_at <= times.starts_at < times.ends_at
                    assert DEFAULTS.between.holds(times.starts_at)
    except FileUnreadable as error:
        assert len(str(error)) < 1_000


def seeds() -> list[bytes]:
    timetable = (
        "series;title;room;start;end;stations;zone;opens_before_minutes;late_after_minutes;repeat;status\n"
        "la-1;Algebra;R 1;2026-10-19 09:00;2026-10-19 10:00;;;;;FREQ=WEEKLY;COUNT=4;\n"
        'la-2;Algebra;R 1;2026-10-19 09:00;2026-10-19 10:00;north;Asia/Tokyo;5;6;"FREQ=DAILY;UNTIL=20261101T090000Z";\n'
        'la-3;"Tal\nk";R 2;2026-03-29 02:30;2026-03-29 03:30;north;;5;6;"FREQ=MONTHLY;BYDAY=-1SU";cancelled\n'
    )
    return [
        b"\0user_id,name,consents\nu-1,Ada,face emotion\nu-2,,\nu-3,Bob\n",
        b'\0\xef\xbb\xbfname\tuser_id\r\n"Ada ""L"""\tu-1\r\n',
        b"\1series,user_id\nla-1,u-1\n",
        b"\2" + timetable.encode(),
        b"\2" + timetable.replace(";", ",", 10).encode(),
    ]
