"""What may be told of emotions, where the policy lets any be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from application.ports import EmotionGroup, Emotions, Policies


class EmotionOff(msgspec.Struct, frozen=True):
    """Emotions are not read on this server, nor is anything told of those read before."""


class EmotionReport(msgspec.Struct, frozen=True, kw_only=True):
    smallest_cohort: int
    groups: Sequence[EmotionGroup]


class ReportEmotions:
    def __init__(self, *, emotions: Emotions, policies: Policies) -> None:
        self._emotions = emotions
        self._policies = policies

    async def __call__(self, start: datetime, end: datetime) -> EmotionReport | EmotionOff:
        """Of the groups that ended from `start` on and before `end`."""
        if (await self._policies.newest()).emotion == "off":
            return EmotionOff()
        return EmotionReport(
            smallest_cohort=self._emotions.smallest_cohort, groups=await self._emotions.between(start, end)
        )
