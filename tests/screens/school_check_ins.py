"""Check-ins of the made-up school: whole streams, as the domain makes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from domain import check_in as check_ins
from domain.check_in import CheckInEvent
from domain.emotion import EMOTIONS, EmotionReading
from domain.matching import Decision, Evidence
from inference.thresholds import calibrations
from tests.event_store.samples import BOX, QUALITY, REFUSAL

_TIMINGS_MS = {"queue": 0.4, "decode": 1.1, "detect": 3.9, "quality": 0.2, "align": 0.3, "embed": 6.8, "compare": 0.1}
_MOOD_TIMINGS_MS = {"queue": 0.6, "decode": 6.2, "follow": 3.1, "crop": 0.4, "classify": 21.0}
_THRESHOLDS = next(iter(calibrations().values())).thresholds


def evidence(distance: float, *, margin: float = 0.2) -> Evidence:
    """As the model decides that is served, with its own thresholds."""
    return Evidence(
        model=_THRESHOLDS.model,
        threshold=_THRESHOLDS.identify,
        margin_required=_THRESHOLDS.margin,
        distance=distance,
        margin=margin,
        confidence=0.94 if distance < _THRESHOLDS.identify else 0.3,
        gallery_people=24,
    )


def check_in_at(
    station: UUID, decision: Decision | None, at: datetime, *, mood: dict[str, float] | None = None, slow: float = 1.0
) -> tuple[UUID, list[CheckInEvent]]:
    """The id and the whole stream of a check-in, judged `slow` times as slowly; refused where `decision` is None."""
    burst_id = uuid4().hex
    id = check_ins.check_in_id(station, burst_id)
    events: list[CheckInEvent] = check_ins.start(
        station_id=station, burst_id=burst_id, request_digest="d", claimed=None, captured_at=at, at=at
    )
    started = check_ins.replay(id, events)
    assert started is not None
    timings = {stage: took * slow for stage, took in _TIMINGS_MS.items()}
    mood_timings = {stage: took * slow for stage, took in _MOOD_TIMINGS_MS.items()}
    answered = at + timedelta(milliseconds=24 * slow)
    if decision is None:
        return id, [*events, *check_ins.refuse_capture(started, REFUSAL, timings_ms=timings, at=answered)]
    events += check_ins.decide_identity(started, decision, quality=QUALITY, box=BOX, timings_ms=timings, at=answered)
    if mood is not None:
        decided = check_ins.replay(id, events)
        assert decided is not None
        reading = EmotionReading(
            model="emotion/1",
            probabilities={emotion: mood.get(emotion, 0.0) for emotion in EMOTIONS},
            spread=dict.fromkeys(EMOTIONS, 0.02),
            frames=6,
        )
        events += check_ins.record_emotion(decided, reading, request_digest="e", timings_ms=mood_timings, at=answered)
    return id, events
