"""Repeated meetings, expanded within a window by the clock on the wall: nine o'clock stays nine o'clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
from dateutil.rrule import rrule, rrulestr  # type: ignore[import-untyped]  # it ships no types

from adapters.imports.wall_clock import moment_at, shown_at

MOST_MEETINGS = 2_000


class RuleWrong(Exception):
    """A recurrence rule that cannot be meant, or that repeats too often."""


class Between(msgspec.Struct, frozen=True):
    """Meetings that start from `start` on and before `end` are imported, and no others."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def occurrences(first: datetime, rule: str, zone: ZoneInfo, between: Between) -> list[datetime]:
    """What the clock shows at the start of each meeting within `between`; `first` is the first one ever.

    Raises RuleWrong.
    """
    parsed = _parse(first, rule, zone)
    found: list[datetime] = []
    for shown in _from(parsed, shown_at(between.start, zone)):
        moment = moment_at(shown, zone)
        if moment >= between.end:
            break
        if between.holds(moment):
            found.append(shown)
        if len(found) > MOST_MEETINGS:
            raise RuleWrong(f"it repeats more than {MOST_MEETINGS} times between these dates")
    return found


def _parse(first: datetime, rule: str, zone: ZoneInfo) -> rrule:
    parts = dict(part.partition("=")[::2] for part in rule.upper().removeprefix("RRULE:").split(";") if part)
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise RuleWrong("it repeats daily, weekly, monthly or yearly (FREQ)")
    if "UNTIL" in parts:
        parts["UNTIL"] = _shown_until(parts["UNTIL"], zone)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        parsed = rrulestr(text, dtstart=first)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise RuleWrong(f"it is no recurrence rule: {error}") from None
    if not isinstance(parsed, rrule):
        raise RuleWrong("it is more than one rule")
    return parsed


def _from(parsed: rrule, start: datetime) -> Iterator[datetime]:
    """A day early: the clock may have been put forward since."""
    try:
        yield from parsed.xafter(start.replace(hour=0, minute=0, second=0), inc=True)
    except (ValueError, OverflowError) as error:
        raise RuleWrong(f"it leads nowhere: {error}") from None


def _shown_until(until: str, zone: ZoneInfo) -> str:
    """UNTIL in the clock's own terms; a date alone means all of that day."""
    try:
        if len(until) == 8:
            return f"{datetime.strptime(until, '%Y%m%d'):%Y%m%d}T235959"
        if until.endswith("Z"):
            moment = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return f"{shown_at(moment, zone):%Y%m%dT%H%M%S}"
        return f"{datetime.strptime(until, '%Y%m%dT%H%M%S'):%Y%m%dT%H%M%S}"
    except ValueError:
        raise RuleWrong(f"{until!r} is no date (UNTIL)") from None
