"""The read model of latencies: how long each stage of a check-in took, by day and station."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

import msgspec


class StageLatency(msgspec.Struct, frozen=True, kw_only=True):
    """Quantiles of one stage in milliseconds, told from a histogram: off by a bucket's width (26 %) at most.

    `stage`: `identify` is the whole from Started to the decision, retries in between included; `identify.…` are the
    stages of its frame; `emotion` is the sum of the stages of its burst, `emotion.…` each of them.
    """

    stage: str
    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class LatencyGroup(msgspec.Struct, frozen=True, kw_only=True):
    """One UTC day at one station; at all of them together where `station_id` is None."""

    day: date
    station_id: UUID | None
    stages: list[StageLatency]


class Latencies(Protocol):
    async def between(self, first: date, last: date, station: UUID | None = None) -> Sequence[LatencyGroup]:
        """Days from `first` to `last`, both included: of one station, or of each and of all of them together."""
        ...
