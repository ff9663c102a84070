"""What every timetable needs, whatever its format: defaults, the stations of a room, and a meeting's plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from adapters.imports.csv_table import CellWrong
from adapters.imports.recurrence import Between
from adapters.imports.wall_clock import moment_at
from application.importing import TimetableRow
from domain.session_events import Plan, Times


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What holds where a row says nothing. `stations`: those of each room, by its name; `zone`: an IANA name.

    `named`: every station by its name, for a row that lists its own.
    """

    between: Between
    zone: str
    stations: Mapping[str, tuple[UUID, ...]] = {}
    named: Mapping[str, UUID] = {}
    opens_before: timedelta = timedelta(minutes=15)
    late_after: timedelta = timedelta(minutes=10)


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """A row's words, before its dates: what all meetings of a series share."""

    series: str
    title: str
    room: str
    stations: tuple[UUID, ...]
    zone: ZoneInfo
    opens_before: timedelta
    late_after: timedelta

    def at(self, original: datetime, start: datetime, end: datetime, *, cancelled: bool = False) -> TimetableRow:
        """`start` and `end` are moments; `original` is what the clock showed for this meeting before it was moved."""
        times = Times(
            opens_at=start - self.opens_before,
            starts_at=start,
            late_after=start + self.late_after,
            ends_at=end,
            zone=self.zone.key,
        )
        plan = Plan(title=self.title, room=self.room, stations=self.stations, times=times, series=self.series)
        return TimetableRow(key=f"{self.series}/{original:%Y-%m-%dT%H:%M}", plan=plan, cancelled=cancelled)

    def shown(self, start: datetime, lasts: timedelta, *, cancelled: bool = False) -> TimetableRow:
        """`start` and the end, `lasts` later, are what the clock shows."""
        begins, ends = moment_at(start, self.zone), moment_at(start + lasts, self.zone)
        return self.at(start, begins, ends, cancelled=cancelled)


def stations_of(room: str, listed: str, defaults: Defaults) -> tuple[UUID, ...]:
    """`listed`: names or ids of stations with spaces between; empty, those of the room. Raises CellWrong."""
    if not listed:
        if room not in defaults.stations:
            raise CellWrong("room", f"no station is known for the room {room!r}")
        return defaults.stations[room]
    return tuple(dict.fromkeys(_station(word, defaults) for word in listed.split()))


def _station(word: str, defaults: Defaults) -> UUID:
    if word in defaults.named:
        return defaults.named[word]
    try:
        return UUID(word)
    except ValueError:
        raise CellWrong("stations", f"there is no station {word!r}") from None
