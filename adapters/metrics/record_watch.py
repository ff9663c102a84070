"""Watches what is recorded: counts it, times it to the read models, and ties its trace to its positions."""

from __future__ import annotations

import threading
import time
from bisect import insort
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import structlog

from adapters.event_store.topics import Event
from adapters.metrics.metrics import Metrics
from domain.check_in import (
    CaptureRefused,
    EmotionCaptureRefused,
    EmotionDeclined,
    EmotionRecognised,
    IdentifiedByOtherRoute,
    IdentityMatched,
    IdentityRejected,
)

_MOST_AWAITED = 10_000
_log = structlog.get_logger("record")


class _Awaited(NamedTuple):
    """The last position of one append, until every read model has it. Ordered by position."""

    position: int
    committed_s: float
    trace_id: str | None


class RecordWatch:
    """Told by the event loop what was committed, and by the projector's thread how far the read models are.

    A trace is not kept with an event: two log lines tie it, `appended` with the trace and the positions, and
    `projected` with the same. Positions name nobody.
    """

    def __init__(self, metrics: Metrics, read_models: Sequence[str]) -> None:
        self._metrics = metrics
        self._lock = threading.Lock()
        self._reached = dict.fromkeys(read_models, 0)
        self._awaited: list[_Awaited] = []

    def appended(self, events: Sequence[Event], last_position: int, took_s: float) -> None:
        """In the context of whoever appended, just after the commit."""
        self._metrics.append.observe(took_s)
        self._metrics.events.inc(len(events))
        for event in events:
            self._count(event)
        trace_id = structlog.contextvars.get_contextvars().get("trace_id")
        _log.info("appended", positions=_range(last_position, len(events)), duration_ms=round(took_s * 1e3, 2))
        with self._lock:
            insort(self._awaited, _Awaited(last_position, time.monotonic(), trace_id))
            del self._awaited[:-_MOST_AWAITED]
            for name, reached in self._reached.items():
                if reached >= last_position:  # it was faster than this line
                    self._metrics.projection.labels(name).observe(0.0)
        self.moved({})

    def moved(self, positions: Mapping[str, int]) -> None:
        """In the thread that projects, or follows whoever does, just after the commit."""
        now_s = time.monotonic()
        with self._lock:
            for name, reached in positions.items():
                before = self._reached.get(name, 0)
                if reached > before:
                    self._observe(name, before, reached, now_s)
                    self._reached[name] = reached
            done = min(self._reached.values(), default=0)
            seen = [awaited for awaited in self._awaited if awaited.position <= done]
            del self._awaited[: len(seen)]
        for awaited in seen:
            _log.info(
                "projected",
                position=awaited.position,
                lag_ms=round((now_s - awaited.committed_s) * 1e3, 2),
                **({} if awaited.trace_id is None else {"trace_id": awaited.trace_id}),
            )

    def _observe(self, name: str, before: int, reached: int, now_s: float) -> None:
        for awaited in self._awaited:
            if before < awaited.position <= reached:
                self._metrics.projection.labels(name).observe(now_s - awaited.committed_s)

    def _count(self, event: Event) -> None:
        match event:
            case IdentityMatched():
                self._metrics.decisions.labels("match").inc()
            case IdentityRejected(reason=reason):
                self._metrics.decisions.labels(reason).inc()
            case IdentifiedByOtherRoute():
                self._metrics.decisions.labels("other_route").inc()
            case CaptureRefused(refusal=refusal):
                self._metrics.decisions.labels("refused").inc()
                self._metrics.refusals.labels(refusal.code).inc()
            case EmotionCaptureRefused(refusal=refusal):
                self._metrics.emotions.labels("refused").inc()
                self._metrics.refusals.labels(refusal.code).inc()
            case EmotionRecognised():
                self._metrics.emotions.labels("recognised").inc()
            case EmotionDeclined():
                self._metrics.emotions.labels("declined").inc()


def _range(last: int, count: int) -> list[int]:
    """First and last: the events of one append lie together."""
    return [last - count + 1, last]
