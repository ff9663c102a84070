"""The steps that a problem document of the server's becomes."""

from __future__ import annotations

from edge_device.contract import Problem
from edge_device.record import Waiting
from edge_device.steps import EmotionDeclined, Refused

_SENTENCE_WITHOUT_ONE = "The picture could not be judged. Please try again."


def refused(entry: Waiting, problem: Problem, latency_ms: float) -> Refused:
    return Refused(
        burst_id=entry.burst_id,
        operation=entry.operation,
        code=problem.code,
        sentence=problem.sentence or _SENTENCE_WITHOUT_ONE,
        frame=problem.frame,
        value=problem.value,
        limit=problem.limit,
        unit=problem.unit,
        checkin_id=problem.checkin_id or entry.checkin_id,
        trace_id=problem.trace_id,
        latency_ms=latency_ms,
    )


def declined(entry: Waiting, problem: Problem, latency_ms: float) -> EmotionDeclined:
    return EmotionDeclined(
        burst_id=entry.burst_id,
        code=problem.code,
        sentence=problem.sentence or problem.title,
        latency_ms=latency_ms,
    )
