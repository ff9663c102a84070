"""Keeps a fleet's own account: what was saved, answered, lost and doubled, and how long it took."""

from __future__ import annotations

import math
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge_device.record import Waiting
from edge_device.steps import (
    Buried,
    EmotionDeclined,
    EmotionRead,
    Identified,
    NotSaved,
    OutboxMovedAside,
    Postponed,
    Refused,
    Retake,
    Saved,
    Settled,
    Step,
)

_RECENT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds, None where nothing was measured."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReport:
    """What came of a run. `found` bursts waited from before; `left` wait still.

    `lost`: saved, no longer waiting, and never answered. `doubled`: answered as two check-ins, or after they were done.
    `identify_ms`: from a request to its answer; `waited_ms`: from a capture to that answer, attempts before included.
    """

    stations: int
    wall_s: float
    found: int
    saved: int
    answered: int
    left: int
    lost: int
    doubled: int
    decisions: dict[str, int]
    refused: dict[str, int]
    emotions: int
    emotions_declined: int
    buried: int
    retakes: int
    not_saved: int
    attempts_failed: int
    identify_ms: Latency
    waited_ms: Latency
    emotion_ms: Latency

    @property
    def rate_per_s(self) -> float:
        return self.answered / self.wall_s if self.wall_s > 0 else 0.0


class FleetTally:
    """Listens to every station of a fleet, on its event loop. Memory grows by 24 bytes a check-in."""

    def __init__(self) -> None:
        self.saved = 0
        self.answered = 0
        self.recent_ms: deque[float] = deque(maxlen=_RECENT)
        self._found = 0
        self._vanished = 0
        self._doubled = 0
        self._open: dict[str, str | None] = {}
        self._decisions: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._counts: Counter[type[Step]] = Counter()
        self._identify_ms = array("d")
        self._waited_ms = array("d")
        self._emotion_ms = array("d")

    @property
    def refused(self) -> int:
        return sum(self._refused.values())

    @property
    def unsettled(self) -> int:
        return len(self._open)

    def find(self, entries: Iterable[Waiting]) -> None:
        """Bursts that wait in an outbox since an earlier run."""
        for entry in entries:
            self._open[entry.burst_id] = entry.checkin_id
            self._found += 1

    def listen(self, step: Step) -> None:
        self._counts[type(step)] += 1
        match step:
            case Saved():
                self.saved += 1
                self._open[step.burst_id] = None
            case Identified():
                self._answer(step.burst_id, step.answer.checkin_id)
                self._decisions[step.answer.decision] += 1
                self._identify_ms.append(step.latency_ms)
                self.recent_ms.append(step.latency_ms)
                if step.since_capture_ms is not None:
                    self._waited_ms.append(step.since_capture_ms)
            case EmotionRead():
                self._emotion_ms.append(step.latency_ms)
            case Refused():
                self._refused[step.code] += 1
                if step.operation == "identify":
                    self._answer(step.burst_id, step.checkin_id or step.code)
            case Buried(operation="identify"):
                self._answer(step.burst_id, step.code)
            case Settled():
                if self._open.pop(step.burst_id, None) is None:
                    self._vanished += 1
            case OutboxMovedAside():
                self._vanished += 1
            case _:
                pass

    def report(self, *, stations: int, wall_s: float, left: int) -> FleetReport:
        """`left`: how many the outboxes say are waiting."""
        return FleetReport(
            stations=stations,
            wall_s=wall_s,
            found=self._found,
            saved=self.saved,
            answered=self.answered,
            left=left,
            lost=self._vanished + max(0, len(self._open) - left),
            doubled=self._doubled,
            decisions=dict(self._decisions),
            refused=dict(self._refused),
            emotions=self._counts[EmotionRead],
            emotions_declined=self._counts[EmotionDeclined],
            buried=self._counts[Buried],
            retakes=self._counts[Retake],
            not_saved=self._counts[NotSaved],
            attempts_failed=self._counts[Postponed],
            identify_ms=latency(self._identify_ms),
            waited_ms=latency(self._waited_ms),
            emotion_ms=latency(self._emotion_ms),
        )

    def _answer(self, burst_id: str, check_in: str) -> None:
        known = self._open.get(burst_id)
        if burst_id not in self._open or (known is not None and known != check_in):
            self._doubled += 1
        if known is None:
            self.answered += 1
        if burst_id in self._open:
            self._open[burst_id] = check_in


def latency(durations_ms: Sequence[float]) -> Latency:
    ordered = sorted(durations_ms)
    return Latency(p50=_rank(ordered, 0.50), p95=_rank(ordered, 0.95), p99=_rank(ordered, 0.99))


def _rank(ordered: Sequence[float], share: float) -> float | None:
    """The nearest rank: the smallest duration that `share` of all do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
