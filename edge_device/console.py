"""Prints steps: a JSON object a line for programs, or a sentence a line for people."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import TextIO

from edge_device.identity_steps import identity_sentence
from edge_device.steps import (
    Buried,
    CameraBroken,
    Captured,
    EmotionDeclined,
    EmotionRead,
    GaveUp,
    Identified,
    Listener,
    NotSaved,
    Offline,
    Online,
    OutboxMovedAside,
    Paused,
    Postponed,
    Refused,
    Retake,
    Saved,
    Sent,
    Settled,
    Step,
    Triggered,
)


def printing(*, as_json: bool, out: TextIO | None = None) -> Listener:
    """A listener that prints to `out`, standard output by default, and flushes each line."""
    stream = out or sys.stdout
    labels: dict[str, tuple[str | None, str | None]] = {}
    started_s = time.monotonic()
    render = _json_line if as_json else _sentence_line

    def listen(step: Step) -> None:
        burst_id = getattr(step, "burst_id", None)
        if isinstance(step, Captured):
            labels[step.burst_id] = (step.source, step.label)
        source, label = labels.get(burst_id, (None, None)) if isinstance(burst_id, str) else (None, None)
        if isinstance(step, Retake):
            source, label = step.source, step.label
        stream.write(render(step, source, label, (time.monotonic() - started_s) * 1000) + "\n")
        stream.flush()
        if isinstance(step, Settled):
            labels.pop(step.burst_id, None)

    return listen


def step_name(step: Step) -> str:
    """`EmotionRead` as `emotion_read`."""
    name = type(step).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _json_line(step: Step, source: str | None, label: str | None, elapsed_ms: float) -> str:
    """An answer's own fields stand beside the step's; milliseconds have two decimals."""
    fields = asdict(step)
    fields |= fields.pop("answer", {})
    for name, value in fields.items():
        if name.endswith("_ms") and isinstance(value, float):
            fields[name] = round(value, 2)
    known = {"step": step_name(step), "elapsed_ms": round(elapsed_ms, 1)}
    return json.dumps(known | fields | {"source": source, "label": label}, ensure_ascii=False)


def _sentence_line(step: Step, source: str | None, label: str | None, elapsed_ms: float) -> str:
    who = label or source or (getattr(step, "burst_id", None) or "")[:8]
    return f"{elapsed_ms / 1000:8.3f} s  {who:<20} {_sentence(step)}"


def _sentence(step: Step) -> str:
    match step:
        case Triggered():
            return "taking six frames" + (f", take {step.take}" if step.take > 1 else "")
        case GaveUp():
            return f"given up after {step.takes} takes ({step.reason}): {step.sentence}"
        case CameraBroken():
            return f"the camera is broken: {step.detail}"
        case Captured():
            return f"six frames captured in {step.capture_ms:.0f} ms, frame {step.primary + 1} chosen"
        case Retake():
            return f"not sent ({step.reason}): {step.sentence}"
        case Saved():
            return f"saved in {step.put_ms:.1f} ms; {step.waiting} waiting"
        case NotSaved():
            return f"NOT saved ({step.reason}): {step.sentence}"
        case Sent():
            return f"{step.operation} sent" + (f", attempt {step.attempt}" if step.attempt > 1 else "")
        case Identified():
            return _identity(step)
        case EmotionRead():
            return f"looks {step.answer.dominant_emotion} ({step.latency_ms:.0f} ms)"
        case EmotionDeclined():
            return f"no emotion read ({step.code}): {step.sentence}"
        case Refused():
            return f"refused ({step.operation}, {step.code}{_figure(step)}): {step.sentence}"
        case Postponed():
            return f"{step.operation} not answered ({step.reason}); again in {step.retry_in_s:.1f} s"
        case Buried():
            return f"{step.operation} given up ({step.code}): {step.sentence or step.detail}"
        case Settled():
            return f"settled; {step.waiting} waiting"
        case Paused():
            return f"paused for {step.pause_s:.0f} s ({step.code}): {step.sentence} {step.waiting} waiting"
        case Offline():
            return f"offline ({step.reason}); {step.waiting} saved and waiting"
        case Online():
            return f"online again; {step.waiting} waiting"
        case OutboxMovedAside():
            return f"the outbox was corrupt and was moved to {step.path}; what waited in it was not sent"
        case _:
            return identity_sentence(step)


def _identity(step: Identified) -> str:
    answer = step.answer
    took = f"({step.latency_ms:.0f} ms, confidence {answer.confidence:.2f})"
    if answer.match:
        return f"checked in: {answer.name or answer.identity_id} {took}"
    return f"not checked in: {answer.decision} {took}"


def _figure(step: Refused) -> str:
    if step.value is None or step.limit is None:
        return ""
    return f", {step.value:g} against {step.limit:g} {step.unit or ''}".rstrip()
