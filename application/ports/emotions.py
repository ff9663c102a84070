"""The read model of anonymous emotions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.emotion import Emotion


class EmotionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many readings, and the mean probability of each emotion."""

    readings: int
    mean: dict[Emotion, float]


class EmotionBucket(msgspec.Struct, frozen=True, kw_only=True):
    begins_at: datetime
    figures: EmotionFigures


class EmotionGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The readings of a session, or of one UTC day at a station outside of sessions; over since `ends_at`.

    `figures` are None where the whole group is suppressed; a bucket that is suppressed, or empty, is not in `buckets`.
    """

    session_id: UUID | None
    station_id: UUID | None
    ends_at: datetime
    figures: EmotionFigures | None
    buckets: Sequence[EmotionBucket]


class Emotions(Protocol):
    """Anonymous emotions: only groups that are over, with cohorts below `smallest_cohort` suppressed."""

    @property
    def smallest_cohort(self) -> int: ...

    async def between(self, start: datetime, end: datetime) -> Sequence[EmotionGroup]:
        """Those that ended from `start` on and before `end`, in order of their end."""
        ...
