"""Repeated meetings, expanded within a window by the clock on the wall: nine o'clock stays nine o'clock."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec
from dateutil.rrule import rrule, rrulestr  # type: ignore[import-untyped]  # it ships no types

from adapters.imports.wall_clock import moment_at, shown_at

MOST_MEETINGS = 2_000
MOST_READING_S = 10.0
# What a window may leave open: no meeting was before, and none can be planned after.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
# No space and no colon: with those the library reads several rules, and a start of their own.
_RULE = re.compile(r"[A-Z0-9=;,+-]{1,200}")
_WHOLE = re.compile(r"0*[1-9][0-9]{0,3}")


class RuleWrong(Exception):
    """A recurrence rule that cannot be meant, or that repeats too often."""


class Between(msgspec.Struct, frozen=True):
    """Meetings that start from `start` on and before `end` are imported, and no others."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


class ReadingTime:
    """How long the thread that made it may compute over one file: there are rules that only seem to be short."""

    def __init__(self, most_s: float = MOST_READING_S) -> None:
        self._until_s = time.thread_time() + most_s

    def check(self) -> None:
        """Raises RuleWrong."""
        if time.thread_time() > self._until_s:
            raise RuleWrong("the file takes too long to read: give it fewer rules, or such as began later")


def occurrences(first: datetime, rule: str, zone: ZoneInfo, between: Between, reading: ReadingTime) -> list[datetime]:
    """What the clock shows at the start of each meeting within `between`; `first` is the first one ever.

    Raises RuleWrong.
    """
    reading.check()
    found: list[datetime] = []
    for shown in _each(first, rule, zone, between):
        reading.check()
        if between.holds(moment_at(shown, zone)):
            found.append(shown)
        if len(found) > MOST_MEETINGS:
            raise RuleWrong(f"it repeats more than {MOST_MEETINGS} times between these dates")
    return found


def _each(first: datetime, rule: str, zone: ZoneInfo, between: Between) -> Iterator[datetime]:
    """From the first one on, to the end of the window or of the rule."""
    parts = _parts(rule)
    most = _whole(parts, "COUNT") if "COUNT" in parts else None
    if "INTERVAL" in parts:
        parts["INTERVAL"] = str(_whole(parts, "INTERVAL"))
    until = min(
        _last_shown(between, zone), _shown_until(parts.pop("UNTIL"), zone) if "UNTIL" in parts else datetime.max
    )
    parts.pop("COUNT", None)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        parsed = rrulestr(text, dtstart=first)
        if not isinstance(parsed, rrule):
            raise RuleWrong("it is more than one rule")
        yield from islice(parsed.replace(until=until), most)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise RuleWrong(f"it is no recurrence rule: {error}") from None


def _parts(rule: str) -> dict[str, str]:
    text = rule.upper().removeprefix("RRULE:")
    if _RULE.fullmatch(text) is None:
        raise RuleWrong("it is no recurrence rule")
    parts = dict(part.partition("=")[::2] for part in text.split(";") if part)
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise RuleWrong("it repeats daily, weekly, monthly or yearly (FREQ)")
    return parts


def _whole(parts: dict[str, str], name: str) -> int:
    """The library repeats for ever what repeats every 0 days."""
    if _WHOLE.fullmatch(parts[name]) is None:
        raise RuleWrong(f"{parts[name]!r} is no whole number from 1 to 9999 ({name})")
    return int(parts[name])


def _last_shown(between: Between, zone: ZoneInfo) -> datetime:
    """A day late: the clock may have been put back since."""
    return shown_at(min(max(between.end, _EARLIEST), _LATEST), zone) + timedelta(days=1)


def _shown_until(until: str, zone: ZoneInfo) -> datetime:
    """UNTIL in the clock's own terms; a date alone means all of that day."""
    try:
        if len(until) == 8:
            return datetime.strptime(until, "%Y%m%d").replace(hour=23, minute=59, second=59)
        if until.endswith("Z"):
            return shown_at(datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), zone)
        return datetime.strptime(until, "%Y%m%dT%H%M%S")
    except (ValueError, OverflowError):
        raise RuleWrong(f"{until!r} is no date (UNTIL)") from None
