"""Durations in fixed buckets, three to a doubling, and the quantiles that can be told from their counts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

LIMITS_MS: tuple[float, ...] = tuple(round(0.125 * 2 ** (step / 3), 6) for step in range(61))
"""The upper limit of each bucket but the last, from 0.125 ms to 131 s. A table holds their numbers: never change."""


def bucket_of(duration_ms: float) -> int:
    """A limit belongs to the bucket below it."""
    return bisect_left(LIMITS_MS, duration_ms)


def quantile_ms(counts: Mapping[int, int], share: float) -> float:
    """Interpolated within its bucket, so off by less than the bucket's width: by 26 % at most.

    Of the last bucket, which has no upper limit, its lower limit is told. There is at least one count.
    """
    wanted = share * sum(counts.values())
    passed = 0
    for bucket in sorted(counts):
        if passed + counts[bucket] >= wanted:
            low, high = _edges(bucket)
            return low + (high - low) * max(0.0, wanted - passed) / counts[bucket]
        passed += counts[bucket]
    raise ValueError("there is nothing to tell a quantile of")


def _edges(bucket: int) -> tuple[float, float]:
    if bucket >= len(LIMITS_MS):
        return LIMITS_MS[-1], LIMITS_MS[-1]
    return (0.0 if bucket == 0 else LIMITS_MS[bucket - 1]), LIMITS_MS[bucket]
