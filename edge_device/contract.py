"""The server's contract: the two requests as bytes, and their answers parsed once."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from edge_device.record import Operation, Record

PATHS: Mapping[Operation, str] = {
    "identify": "/api/checkin/identify/",
    "emotion": "/api/checkin/emotion/",
}
PROBLEM_TYPE = "application/problem+json"

RetryAdvice = Literal["never", "new_capture", "same_request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityAnswer:
    match: bool
    decision: str
    confidence: float
    identity_id: str | None
    checkin_id: str
    name: str | None
    distance: float | None
    threshold: float | None
    margin: float | None
    model: str | None
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionAnswer:
    dominant_emotion: str
    probabilities: dict[str, float]
    spread: dict[str, float]
    frames: int | None
    checkin_id: str
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem document of our server's. `sentence` is for the person at the door."""

    code: str
    retry: RetryAdvice
    title: str
    detail: str
    sentence: str | None
    value: float | None
    limit: float | None
    unit: str | None
    frame: int | None
    checkin_id: str | None
    trace_id: str | None


def request_body(record: Record) -> bytes:
    """The same bytes for every attempt at the same operation of a record."""
    images = [base64.b64encode(jpeg).decode("ascii") for jpeg in record.jpegs]
    if record.checkin_id is not None:
        return _json({"images": images, "checkin_id": record.checkin_id})
    request: dict[str, object] = {"image": images[record.primary], "burst_id": record.burst_id}
    if record.user_id is not None:
        request["user_id"] = record.user_id
    if record.captured_at:
        request["captured_at"] = record.captured_at
    return _json(request)


def parse_identity(body: bytes, burst_id: str) -> IdentityAnswer | None:
    """None unless it is our server's answer about this burst."""
    answer = parse_object(body)
    if answer is None or answer.get("burst_id") != burst_id:
        return None
    match, decision, checkin_id = answer.get("match"), _text(answer, "decision"), _text(answer, "checkin_id")
    if not isinstance(match, bool) or decision is None or checkin_id is None or not _is_uuid(checkin_id):
        return None
    return IdentityAnswer(
        match=match,
        decision=decision,
        confidence=_number(answer, "confidence") or 0.0,
        identity_id=_text(answer, "identity_id"),
        checkin_id=checkin_id,
        name=_text(answer, "name"),
        distance=_number(answer, "distance"),
        threshold=_number(answer, "threshold"),
        margin=_number(answer, "margin"),
        model=_text(answer, "model"),
        timings_ms=_numbers(answer, "timings_ms"),
    )


def parse_emotion(body: bytes, checkin_id: str) -> EmotionAnswer | None:
    """None unless it is our server's answer about this check-in."""
    answer = parse_object(body)
    if answer is None or answer.get("checkin_id") != checkin_id:
        return None
    dominant_emotion = _text(answer, "dominant_emotion")
    if dominant_emotion is None:
        return None
    frames = answer.get("frames")
    return EmotionAnswer(
        dominant_emotion=dominant_emotion,
        probabilities=_numbers(answer, "probabilities"),
        spread=_numbers(answer, "spread"),
        frames=frames if isinstance(frames, int) else None,
        checkin_id=checkin_id,
        timings_ms=_numbers(answer, "timings_ms"),
    )


def parse_problem(content_type: str, body: bytes) -> Problem | None:
    """None unless it is a problem document of our server's: one that names a code and says whether to retry."""
    if content_type.split(";")[0].strip().lower() != PROBLEM_TYPE:
        return None
    answer = parse_object(body)
    code = None if answer is None else _text(answer, "code")
    retry = None if answer is None else answer.get("retry")
    if answer is None or code is None or (retry != "never" and retry != "new_capture" and retry != "same_request"):
        return None
    frame = answer.get("frame")
    return Problem(
        code=code,
        retry=retry,
        title=_text(answer, "title") or code,
        detail=_text(answer, "detail") or "",
        sentence=_text(answer, "sentence"),
        value=_number(answer, "value"),
        limit=_number(answer, "limit"),
        unit=_text(answer, "unit"),
        frame=frame if isinstance(frame, int) else None,
        checkin_id=_text(answer, "checkin_id"),
        trace_id=_text(answer, "trace_id"),
    )


def parse_object(body: bytes) -> dict[str, object] | None:
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _json(request: dict[str, object]) -> bytes:
    return json.dumps(request, separators=(",", ":")).encode()


def _text(answer: Mapping[str, object], key: str) -> str | None:
    text = answer.get(key)
    return text if isinstance(text, str) else None


def _number(answer: Mapping[str, object], key: str) -> float | None:
    number = answer.get(key)
    return float(number) if isinstance(number, int | float) and not isinstance(number, bool) else None


def _numbers(answer: Mapping[str, object], key: str) -> dict[str, float]:
    numbers = answer.get(key)
    if not isinstance(numbers, dict):
        return {}
    return {name: number for name in numbers if (number := _number(numbers, name)) is not None}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
