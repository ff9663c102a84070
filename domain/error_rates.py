"""How often a threshold is wrong, extrapolated from the distances that a calibration measured."""

from __future__ import annotations

import math

import msgspec


class Impostors(msgspec.Struct, frozen=True, kw_only=True):
    """Distances between different people, as a calibration measured them on `pairs` pairs."""

    mean: float
    deviation: float
    pairs: int

    def false_matches(self, threshold: float, people: int = 1) -> float:
        """How often a stranger is nearer than `threshold` to one of `people` (0 to 1), were distances normal.

        An extrapolation: far below one in `pairs` no pair was ever measured.
        """
        one = 0.5 * math.erfc((self.mean - threshold) / (self.deviation * math.sqrt(2)))
        return 1.0 if one >= 1 else -math.expm1(people * math.log1p(-one))


class Genuine(msgspec.Struct, frozen=True, kw_only=True):
    """Distances between pictures of one person, as a calibration measured them on `pairs` pairs."""

    mean: float
    deviation: float
    pairs: int

    def false_non_matches(self, threshold: float) -> float:
        """How often somebody's own picture is farther than `threshold` (0 to 1), were distances normal."""
        return 0.5 * math.erfc((threshold - self.mean) / (self.deviation * math.sqrt(2)))


class MeasuredDistances(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one model version."""

    model: str
    impostors: Impostors
    genuine: Genuine
