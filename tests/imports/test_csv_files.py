"""People, rosters and timetables as CSV: what can be meant is read, and every bad row is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.imports.csv_table import FileUnreadable, text_of
from adapters.imports.people_csv import parse_people, parse_rosters
from adapters.imports.recurrence import Between
from adapters.imports.timetable import Defaults
from adapters.imports.timetable_csv import parse_timetable_csv
from application.importing import BadRow, Parsed, PersonRow, RosterRow, TimetableRow

DOOR, GATE = UUID(int=0xD1), UUID(int=0xD2)
DEFAULTS = Defaults(
    between=Between(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
    zone="Europe/Berlin",
    stations={"R 1": (DOOR,)},
    named={"gate": GATE},
)
HEADER = "series,title,room,start,end"


def people(*lines: str) -> Parsed[PersonRow]:
    return parse_people("\n".join(["user_id,name,consents", *lines]))


def timetable(*lines: str, header: str = HEADER) -> Parsed[TimetableRow]:
    return parse_timetable_csv("\n".join([header, *lines]), DEFAULTS)


def starts(parsed: Parsed[TimetableRow]) -> list[str]:
    return [f"{one.row.plan.times.starts_at:%m-%d %H:%M}" for one in parsed.rows]


def test_people_are_read_with_their_consents() -> None:
    parsed = people("s-1,Ada Lovelace,face emotion", "s-2,“Bob” Kahn,", "s-3,سارة,EMOTION")
    assert [one.row for one in parsed.rows] == [
        PersonRow(user_id="s-1", name="Ada Lovelace", consents=("face", "emotion")),
        PersonRow(user_id="s-2", name="“Bob” Kahn", consents=()),
        PersonRow(user_id="s-3", name="سارة", consents=("emotion",)),
    ]
    assert parsed.bad == []


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_separator_order_and_line_end_will_do(separator: str) -> None:
    lines = [separator.join(row) for row in (["Name", "USER_ID"], ["Ada", "s-1"], ["", ""], ["Bob", "s-2"])]
    parsed = parse_people(text_of("\r\n".join(lines).encode("utf-8-sig")))
    assert [(one.number, one.row.user_id) for one in parsed.rows] == [(2, "s-1"), (4, "s-2")]


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (",Ada,", "user_id", "empty"),
        ("s-1,,face", "name", "empty"),
        ("s-1,Ada,face shoes", "consents", "'shoes' is none of face, emotion"),
        ("s-1,Ada", "", "2 cells and not 3"),
        ("s-1,Ada,face,more", "", "4 cells"),
        (f"{'x' * 129},Ada,", "user_id", "longer than 128"),
        ("s-1,A\x00da,", "name", "cannot be seen"),
        ("s-1,A\u202eda,", "name", "cannot be seen"),
        (f"s-1,{'x' * 3000},", "name", "longer than 2000"),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_are_read(line: str, field: str, reason: str) -> None:
    parsed = people("s-0,Before,", line, "s-9,After,")
    assert [one.row.user_id for one in parsed.rows] == ["s-0", "s-9"]
    (bad,) = parsed.bad
    assert (bad.row, bad.field) == (3, field)
    assert reason in bad.reason


def test_a_quote_that_never_ends_is_the_last_row_that_is_read() -> None:
    parsed = people("s-0,Before,", 's-1,"Ada,', "s-2,After,")
    assert [one.row.user_id for one in parsed.rows] == ["s-0"]
    assert [bad.row for bad in parsed.bad] == [3]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing: user_id, name"),
        ("user_id\ns-1", "missing: name"),
        ("user_id,name,shoe\ns-1,Ada,42", "not known: shoe"),
        ("user_id,name,name\ns-1,Ada,Ada", "twice"),
    ],
)
def test_a_file_without_the_columns_is_not_read_at_all(text: str, reason: str) -> None:
    with pytest.raises(FileUnreadable, match=reason):
        parse_people(text)


def test_a_file_that_is_not_utf_8_is_not_read_at_all() -> None:
    with pytest.raises(FileUnreadable, match="byte 3"):
        text_of(b"Zo \xeb")


def test_a_roster_names_a_series_and_a_person() -> None:
    parsed = parse_rosters("series;user_id\nla-1;s-1\n;s-2")
    assert [one.row for one in parsed.rows] == [RosterRow(series="la-1", user_id="s-1")]
    assert parsed.bad == [BadRow(row=3, field="series", reason="it is empty")]


def test_a_meeting_is_read_by_the_clock_on_the_wall() -> None:
    ((number, row),) = [
        (one.number, one.row) for one in timetable("la-1,Algebra,R 1,2026-11-02 09:00,2026-11-02T10:30").rows
    ]
    times = row.plan.times
    assert (number, row.key, row.plan.stations, row.plan.series) == (2, "la-1/2026-11-02T09:00", (DOOR,), "la-1")
    assert times.starts_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    assert times.ends_at - times.starts_at == timedelta(minutes=90)
    assert times.opens_at == times.starts_at - timedelta(minutes=15)
    assert times.late_after == times.starts_at + timedelta(minutes=10)


def test_a_repeated_meeting_keeps_its_hour_when_the_clocks_change() -> None:
    """Berlin left summer time on 25 October 2026."""
    parsed = timetable(
        "la-1,Algebra,R 1,2026-10-19 09:00,2026-10-19 10:00,FREQ=WEEKLY;COUNT=3", header=HEADER + ",repeat"
    )
    assert starts(parsed) == ["10-19 07:00", "10-26 08:00", "11-02 08:00"]
    assert {one.row.plan.times.ends_at - one.row.plan.times.starts_at for one in parsed.rows} == {timedelta(hours=1)}


def test_only_meetings_within_the_days_asked_for_are_read() -> None:
    parsed = timetable(
        "la-1,Algebra,R 1,2020-01-06 09:00,2020-01-06 10:00,FREQ=MONTHLY;BYDAY=1MO",
        "la-2,Outside,R 1,2027-01-06 09:00,2027-01-06 10:00,",
        header=HEADER + ",repeat",
    )
    assert starts(parsed) == ["10-05 07:00", "11-02 08:00"]


def test_a_row_may_say_its_own_stations_zone_and_minutes() -> None:
    parsed = timetable(
        f"la-1,Algebra,R 9,2026-11-02 09:00,2026-11-02 10:00,gate {DOOR},America/New_York,5,0,cancelled",
        header=HEADER + ",stations,zone,opens_before_minutes,late_after_minutes,status",
    )
    (row,) = [one.row for one in parsed.rows]
    times = row.plan.times
    assert row.plan.stations == (GATE, DOOR)
    assert (times.zone, times.starts_at) == ("America/New_York", datetime(2026, 11, 2, 14, 0, tzinfo=UTC))
    assert (times.opens_at, times.late_after) == (times.starts_at - timedelta(minutes=5), times.starts_at)
    assert row.cancelled


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"series": ""}, "series"),
        ({"room": "R 2"}, "room"),
        ({"stations": "front"}, "stations"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"start": "2nd of November"}, "start"),
        ({"start": "2026-11-02T09:00+01:00"}, "start"),
        ({"start": "0001-01-01 09:00"}, "start"),
        ({"end": "2026-11-02 09:00"}, "end"),
        ({"late_after_minutes": "-1"}, "late_after_minutes"),
        ({"late_after_minutes": "²"}, "late_after_minutes"),
        ({"repeat": "every Monday"}, "repeat"),
        ({"repeat": "FREQ=SECONDLY"}, "repeat"),
        ({"repeat": "FREQ=WEEKLY;UNTIL=soon"}, "repeat"),
        ({"repeat": "FREQ=WEEKLY;INTERVAL=x"}, "repeat"),
        ({"status": "perhaps"}, "status"),
    ],
)
def test_a_bad_cell_of_a_timetable_is_named(change: dict[str, str], field: str) -> None:
    good = {
        "series": "la-1",
        "title": "Algebra",
        "room": "R 1",
        "start": "2026-11-02 09:00",
        "end": "2026-11-02 10:00",
        "stations": "",
        "zone": "",
        "late_after_minutes": "",
        "repeat": "",
        "status": "",
    }
    cells = {**good, **change}
    parsed = timetable(",".join(cells.values()), ",".join(good.values()), header=",".join(good))
    assert [(bad.row, bad.field) for bad in parsed.bad] == [(2, field)]
    assert [one.number for one in parsed.rows] == [3]


@given(st.sampled_from([parse_people, parse_rosters]), st.text(max_size=400))
def test_no_text_breaks_a_reader(parse: Callable[[str], Parsed[object]], text: str) -> None:
    for header in ("", "user_id,name\n", "series,user_id\n"):
        try:
            parsed = parse(header + text)
        except FileUnreadable:
            continue
        assert all(bad.row > 1 for bad in parsed.bad)
