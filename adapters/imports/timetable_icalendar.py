"""A timetable as iCalendar (RFC 5545): repeated events, exceptions to them, and meetings that were moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Calendar, Event

from adapters.imports.calendar_zones import forget_zones
from adapters.imports.csv_table import CellWrong, FileUnreadable
from adapters.imports.recurrence import ReadingTime, RuleWrong, occurrences
from adapters.imports.timetable import Defaults, Meeting, stations_of
from adapters.imports.wall_clock import ZoneUnknown, moment_at, shown_at, zone_named
from adapters.visible_text import holds_unseen
from application.importing import BadRow, Numbered, Parsed, TimetableRow

_UTC = ZoneInfo("UTC")


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its times as clocks in `zone` show them. `replaces`: the meeting of its series that was moved."""

    number: int
    event: Event
    meeting: Meeting
    zone: ZoneInfo
    start: datetime
    lasts: timedelta
    replaces: datetime | None
    cancelled: bool


def parse_timetable_icalendar(text: str, defaults: Defaults) -> Parsed[TimetableRow]:
    """`LOCATION` is the room, `UID` the series; every event that is no meeting is a bad row. Raises FileUnreadable."""
    reading = ReadingTime()
    forget_zones()
    try:
        # As bytes: a text of one line would be taken for the path of a file to open.
        calendar = Calendar.from_ical(text.encode())
    except (ValueError, LookupError, TypeError, AttributeError) as error:  # what the library lets through
        raise FileUnreadable(f"it is no calendar: {str(error)[:200]}") from None
    events = [event for event in calendar.walk("VEVENT") if isinstance(event, Event)]
    if not events:
        raise FileUnreadable("it is a calendar without events")
    bad: list[BadRow] = []
    read: list[_Read] = []
    for number, event in enumerate(events, start=1):
        try:
            read.append(_read(number, event, defaults))
        except CellWrong as wrong:
            bad.append(BadRow(row=number, field=wrong.field, reason=wrong.reason))
    moved: dict[str, set[datetime]] = {}
    for one in read:
        if one.replaces is not None:
            moved.setdefault(one.meeting.series, set()).add(moment_at(one.replaces, one.zone))
    rows: list[Numbered[TimetableRow]] = []
    for one in read:
        try:
            meetings = list(_meetings(one, moved.get(one.meeting.series, set()), defaults, reading))
        except CellWrong as wrong:
            bad.append(BadRow(row=one.number, field=wrong.field, reason=wrong.reason))
        else:
            rows += [Numbered(one.number, meeting) for meeting in meetings]
    return Parsed(rows, sorted(bad, key=lambda wrong: wrong.row))


def _read(number: int, event: Event, defaults: Defaults) -> _Read:
    for field, reason in event.errors:
        raise CellWrong(str(field), str(reason)[:200])
    series = _text(event, "UID")
    room = _text(event, "LOCATION")
    zone, shown = _zone(event, defaults)
    start, end = _moment(event, "DTSTART", zone), _end(event, zone)
    replaces = None
    if "RECURRENCE-ID" in event:
        if "RANGE" in _property(event, "RECURRENCE-ID").params:
            raise CellWrong("RECURRENCE-ID", "a change of this meeting and all later ones cannot be imported")
        replaces = _moment(event, "RECURRENCE-ID", zone)
    meeting = Meeting(
        series=series,
        title=_text(event, "SUMMARY"),
        room=room,
        stations=stations_of(room, "", defaults),
        zone=shown,
        opens_before=defaults.opens_before,
        late_after=defaults.late_after,
    )
    return _Read(
        number=number,
        event=event,
        meeting=meeting,
        zone=zone,
        start=start,
        lasts=end - start,
        replaces=replaces,
        cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
    )


def _meetings(one: _Read, moved: set[datetime], defaults: Defaults, reading: ReadingTime) -> Iterator[TimetableRow]:
    """Within the dates asked for; a meeting that was taken out of its series comes as cancelled."""
    between = defaults.between
    if one.replaces is not None:
        if between.holds(moment_at(one.start, one.zone)) or between.holds(moment_at(one.replaces, one.zone)):
            yield _row(one, one.replaces, one.start, cancelled=one.cancelled)
        return
    taken_out = {*_dates(one, "EXDATE")}
    added = {*_starts(one, defaults, reading), *_times(_dates(one, "RDATE"))}
    for start in sorted(added | {*_times(taken_out)}):
        moment = moment_at(start, one.zone)
        if between.holds(moment) and moment not in moved:
            gone = start in taken_out or start.date() in taken_out
            yield _row(one, start, start, cancelled=one.cancelled or gone)


def _starts(one: _Read, defaults: Defaults, reading: ReadingTime) -> list[datetime]:
    rules = one.event.rrules
    if not rules:
        return [one.start]
    if len(rules) > 1:
        raise CellWrong("RRULE", "it has more than one rule")
    try:
        rule = rules[0].to_ical().decode()
    except (TypeError, ValueError):  # it took something in it for what a rule cannot hold
        raise CellWrong("RRULE", "it is no recurrence rule") from None
    try:
        return occurrences(one.start, rule, one.zone, defaults.between, reading)
    except RuleWrong as wrong:
        raise CellWrong("RRULE", str(wrong)) from None


def _row(one: _Read, original: datetime, start: datetime, *, cancelled: bool) -> TimetableRow:
    begins, ends = moment_at(start, one.zone), moment_at(start + one.lasts, one.zone)
    return one.meeting.at(shown_at(moment_at(original, one.zone), one.meeting.zone), begins, ends, cancelled=cancelled)


def _text(event: Event, field: str) -> str:
    text = " ".join(str(event.get(field, "")).split())
    if not text:
        raise CellWrong(field, "it is empty")
    if len(text) > 200:
        raise CellWrong(field, "it is longer than 200 characters")
    if holds_unseen(text):
        raise CellWrong(field, "it holds characters that cannot be seen")
    return text


def _zone(event: Event, defaults: Defaults) -> tuple[ZoneInfo, ZoneInfo]:
    """The zone in which the event repeats, and the one in which people read it."""
    start = _property(event, "DTSTART")
    if not isinstance(start.dt, datetime):
        raise CellWrong("DTSTART", "it lasts all day; a session has a start and an end")
    try:
        usual = zone_named(defaults.zone)
    except ZoneUnknown as unknown:
        raise CellWrong("zone", str(unknown)) from None
    if start.dt.tzinfo is None and "TZID" not in start.params:
        return usual, usual
    if isinstance(start.dt.tzinfo, ZoneInfo) and start.dt.tzinfo.key != "UTC":
        return start.dt.tzinfo, start.dt.tzinfo
    if start.dt.utcoffset() == timedelta(0) and "TZID" not in start.params:
        return _UTC, usual
    raise CellWrong("DTSTART", _no_zone(start))


def _end(event: Event, zone: ZoneInfo) -> datetime:
    start = _moment(event, "DTSTART", zone)
    if "DTEND" in event:
        end = _moment(event, "DTEND", zone)
    elif "DURATION" in event:
        # A duration in hours is of hours that pass, and not of what the clock shows.
        lasts: timedelta = _property(event, "DURATION").dt
        end = shown_at(moment_at(start, zone) + lasts, zone)
    else:
        raise CellWrong("DTEND", "it has no end")
    if end <= start:
        raise CellWrong("DTEND", "it is not after the start")
    return end


def _moment(event: Event, field: str, zone: ZoneInfo) -> datetime:
    found = _property(event, field)
    return _shown(found.dt, found, field, zone)


def _property(event: Event, field: str) -> Any:  # icalendar has a type for each of thirty kinds
    found = event.get(field)
    if found is None or isinstance(found, list):
        raise CellWrong(field, "it is empty" if found is None else "it is there more than once")
    return found


def _shown(value: date, listed: Any, field: str, zone: ZoneInfo) -> datetime:  # `listed`: as above
    """`listed`: the property that `value` is of."""
    if not isinstance(value, datetime):
        raise CellWrong(field, "it is a date without a time")
    if value.tzinfo is None and "TZID" in listed.params:
        raise CellWrong(field, _no_zone(listed))
    if not 1970 < value.year < 2200:
        raise CellWrong(field, f"the year {value.year} cannot be meant")
    return value if value.tzinfo is None else shown_at(value.astimezone(UTC), zone)


def _no_zone(found: Any) -> str:  # as above
    return f"there is no time zone {found.params.get('TZID', '')!r}"[:200]


def _times(dates: Iterable[datetime | date]) -> Iterator[datetime]:
    return (one for one in dates if isinstance(one, datetime))


def _dates(one: _Read, field: str) -> Iterator[datetime | date]:
    """As the clock shows them; a date alone stands for its whole day."""
    found: Any = one.event.get(field, [])  # icalendar has a type for each of thirty kinds
    for listed in found if isinstance(found, list) else [found]:
        for value in listed.dts:
            if isinstance(value.dt, tuple):
                raise CellWrong(field, "periods cannot be imported")
            if isinstance(value.dt, datetime):
                yield _shown(value.dt, listed, field, one.zone)
            elif field == "EXDATE":
                yield value.dt
            else:
                raise CellWrong(field, "it is a date without a time")
