"""Anonymous moods in columns of time: made of nothing but the groups that may be told, so that it tells no more.

A column holds the groups that ended in it. Its shares are the means of those that are told, each weighted by its
readings; of those that are withheld it says how many, which the groups themselves say too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from application.emotion_report import EmotionReport
from application.ports import EmotionGroup
from domain.emotion import EMOTIONS, Emotion

Step = Literal["day", "week"]
_INSTANT = timedelta(microseconds=1)


class MoodColumn(msgspec.Struct, frozen=True, kw_only=True):
    """`first`: its first day. `shares` is None where every group of it is withheld, or it has none."""

    first: date
    readings: int
    shares: dict[Emotion, float] | None
    told: int
    withheld: int


def mood_columns(report: EmotionReport, step: Step, first: date, last: date, zone: str) -> list[MoodColumn]:
    """One for each day or week from `first` to `last`, whether or not there is something to tell of it."""
    by_day: dict[date, list[EmotionGroup]] = {}
    for group in report.groups:
        by_day.setdefault(_begin(day_of(group, zone), step), []).append(group)
    begins = sorted({_begin(first + timedelta(days=number), step) for number in range((last - first).days + 1)})
    return [_column(begin, by_day.get(begin, [])) for begin in begins]


def day_of(group: EmotionGroup, zone: str) -> date:
    """A session's where it was held; outside of sessions a group is one day in UTC."""
    just_before = group.ends_at - _INSTANT
    return just_before.astimezone(UTC if group.session_id is None else ZoneInfo(zone)).date()


def window_of(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Within which the groups of these days end: a day in UTC ends a while before or after theirs."""
    start = datetime.combine(first, datetime.min.time(), ZoneInfo(zone))
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    start_of_day = datetime.combine(first, datetime.min.time(), UTC)
    end_of_day = datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)
    return min(start, start_of_day) + _INSTANT, max(end, end_of_day) + _INSTANT


def _begin(day: date, step: Step) -> date:
    return day if step == "day" else day - timedelta(days=day.weekday())


def _column(first: date, groups: Sequence[EmotionGroup]) -> MoodColumn:
    told = [group.figures for group in groups if group.figures is not None]
    readings = sum(figures.readings for figures in told)
    shares: dict[Emotion, float] | None = None
    if readings:
        shares = {
            emotion: sum(figures.mean[emotion] * figures.readings for figures in told) / readings
            for emotion in EMOTIONS
        }
    return MoodColumn(first=first, readings=readings, shares=shares, told=len(told), withheld=len(groups) - len(told))
