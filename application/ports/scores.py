"""The read model of scores: how near the faces came, and what was decided. No person and no check-in is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from domain.redecision import Comparison, Outcome


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """`distance`: to the nearest person, `margin`: from there to the runner-up; None where there was none."""

    comparison: Comparison
    distance: float | None
    margin: float | None
    outcome: Outcome


class Scores(Protocol):
    async def latest(self, model: str, limit: int) -> Sequence[Score]:
        """Of the decisions made with this model version, the newest first."""
        ...
