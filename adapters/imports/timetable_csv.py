"""A timetable as CSV: one meeting a line, or one line for a meeting that repeats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from adapters.imports.csv_table import CellWrong, needed_cell, parse_table
from adapters.imports.recurrence import ReadingTime, RuleWrong, occurrences
from adapters.imports.timetable import Defaults, Meeting, stations_of
from adapters.imports.wall_clock import ZoneUnknown, moment_at, zone_named
from application.importing import Parsed, TimetableRow

_NEEDED = ("series", "title", "room", "start", "end")
_OPTIONAL = ("stations", "zone", "opens_before_minutes", "late_after_minutes", "repeat", "status")
_MOST_MINUTES = 24 * 60


def parse_timetable_csv(text: str, defaults: Defaults) -> Parsed[TimetableRow]:
    """`start` and `end` as the clock on the wall shows them (2026-11-02 09:00); `repeat` is an iCalendar rule.

    `status` may be `cancelled`. A row outside of the dates asked for gives nothing. Raises FileUnreadable.
    """
    reading = ReadingTime()
    return parse_table(text, _NEEDED, _OPTIONAL, lambda cells: _meetings(cells, defaults, reading))


def _meetings(cells: Mapping[str, str], defaults: Defaults, reading: ReadingTime) -> list[TimetableRow]:
    meeting = _meeting(cells, defaults)
    start, end = _shown(cells, "start"), _shown(cells, "end")
    if end <= start:
        raise CellWrong("end", "it is not after the start")
    status = cells.get("status", "").lower()
    if status not in ("", "confirmed", "cancelled"):
        raise CellWrong("status", f"{status!r} is neither confirmed nor cancelled")
    starts = [start] if defaults.between.holds(moment_at(start, meeting.zone)) else []
    if cells.get("repeat"):
        try:
            starts = occurrences(start, cells["repeat"], meeting.zone, defaults.between, reading)
        except RuleWrong as wrong:
            raise CellWrong("repeat", str(wrong)) from None
    return [meeting.shown(one, end - start, cancelled=status == "cancelled") for one in starts]


def _meeting(cells: Mapping[str, str], defaults: Defaults) -> Meeting:
    try:
        zone = zone_named(cells.get("zone") or defaults.zone)
    except ZoneUnknown as unknown:
        raise CellWrong("zone", str(unknown)) from None
    room = needed_cell(cells, "room")
    return Meeting(
        series=needed_cell(cells, "series"),
        title=needed_cell(cells, "title"),
        room=room,
        stations=stations_of(room, cells.get("stations", ""), defaults),
        zone=zone,
        opens_before=_minutes(cells, "opens_before_minutes", defaults.opens_before),
        late_after=_minutes(cells, "late_after_minutes", defaults.late_after),
    )


def _shown(cells: Mapping[str, str], field: str) -> datetime:
    text = needed_cell(cells, field)
    try:
        shown = datetime.fromisoformat(text)
    except ValueError:
        raise CellWrong(field, f"{text!r} is no date and time, such as 2026-11-02 09:00") from None
    if shown.tzinfo is not None:
        raise CellWrong(field, "it has an offset of its own; say the time on the wall, and the zone in its column")
    if not 1970 < shown.year < 2200:
        raise CellWrong(field, f"the year {shown.year} cannot be meant")
    return shown


def _minutes(cells: Mapping[str, str], field: str, otherwise: timedelta) -> timedelta:
    text = cells.get(field, "")
    if not text:
        return otherwise
    if not text.isascii() or not text.isdecimal() or int(text) > _MOST_MINUTES:
        raise CellWrong(field, f"{text!r} is no whole number of minutes up to {_MOST_MINUTES}")
    return timedelta(minutes=int(text))
