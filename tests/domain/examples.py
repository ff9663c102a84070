"""Plain values that the domain's tests share, and how events are told from commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain import check_in as check_ins
from domain import person as persons
from domain.check_in import CheckIn, CheckInEvent, check_in_id
from domain.emotion import EMOTIONS, EmotionReading
from domain.face import Box, Quality
from domain.matching import Ambiguous, Decision, Evidence, Match, Mismatch, Thresholds, Unknown
from domain.person import Person, PersonEvent
from domain.refusal import Refusal

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)
DOOR = UUID("00000000-0000-4000-8000-00000000d008")
ADA = UUID("00000000-0000-4000-8000-0000000000ad")
GRACE = UUID("00000000-0000-4000-8000-00000000009c")
BURST = "burst-1"
CHECK_IN = check_in_id(DOOR, BURST)
FRAMES = "digest of the frames"
OTHER_FRAMES = "digest of other frames"
TIMINGS = {"detect": 4.0, "embed": 6.5}

QUALITY = Quality(sharpness=310.0, brightness=121.0, overexposed=0.01, face_px=160.0, detection=0.998)
BOX = Box(210.0, 120.0, 380.0, 320.0)
THRESHOLDS = Thresholds(
    model="resnet-29", verify=0.6, identify=0.5, margin=0.05, false_match_rate=0.001, midpoint=0.55, slope=20.0
)
EVIDENCE = Evidence(
    model="resnet-29",
    threshold=0.5,
    margin_required=0.05,
    distance=0.31,
    margin=0.2,
    confidence=0.99,
    gallery_people=4,
)
MATCH = Match(ADA, EVIDENCE)
UNKNOWN = Unknown(EVIDENCE)
AMBIGUOUS = Ambiguous((ADA, GRACE), EVIDENCE)
MISMATCH = Mismatch(ADA, EVIDENCE)
BLURRED = Refusal(code="image-blurred", frame=2, value=11.0, limit=40.0, unit="variance")
FACE_LOST = Refusal(code="face-lost", frame=4)
HAPPY = EmotionReading(
    model="mini-xception",
    probabilities={emotion: 0.7 if emotion == "happy" else 0.05 for emotion in EMOTIONS},
    spread=dict.fromkeys(EMOTIONS, 0.02),
    frames=6,
)


def started(claimed: UUID | None = None) -> list[CheckInEvent]:
    return check_ins.start(
        station_id=DOOR, burst_id=BURST, request_digest="digest", claimed=claimed, captured_at=NOON, at=NOON
    )


def check_in(events: Sequence[CheckInEvent]) -> CheckIn:
    """The check-in after `events`."""
    state = check_ins.replay(CHECK_IN, events)
    assert state is not None
    return state


def decide(events: Sequence[CheckInEvent], decision: Decision) -> list[CheckInEvent]:
    return check_ins.decide_identity(check_in(events), decision, quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=LATER)


def refuse(events: Sequence[CheckInEvent]) -> list[CheckInEvent]:
    return check_ins.refuse_capture(check_in(events), BLURRED, timings_ms=TIMINGS, at=LATER)


def read(
    events: Sequence[CheckInEvent], outcome: EmotionReading | Refusal, request_digest: str = FRAMES
) -> list[CheckInEvent]:
    return check_ins.record_emotion(
        check_in(events), outcome, request_digest=request_digest, timings_ms=TIMINGS, at=LATER
    )


def decline(events: Sequence[CheckInEvent]) -> list[CheckInEvent]:
    return check_ins.decline_emotion(check_in(events), "consent", at=LATER)


def expire(events: Sequence[CheckInEvent]) -> list[CheckInEvent]:
    return check_ins.expire(check_in(events), at=LATER)


def registered(*consents: persons.Purpose) -> list[PersonEvent]:
    return persons.register(ADA, user_id="ada", name="Ada L.", consents=consents, text_version="2026-11", at=NOON)


def person(events: Sequence[PersonEvent]) -> Person:
    """The person after `events`."""
    state = persons.replay(ADA, events)
    assert state is not None
    return state


def enrol(events: Sequence[PersonEvent], template_id: UUID) -> list[PersonEvent] | persons.ConsentMissing:
    return persons.enrol_face(
        person(events),
        template_id=template_id,
        photograph=f"digest of {template_id}",
        model="resnet-29",
        quality=QUALITY,
        at=LATER,
    )


def enrolled(events: Sequence[PersonEvent], *template_ids: UUID) -> list[PersonEvent]:
    """`events`, and the enrolment of each template after them."""
    told = list(events)
    for template_id in template_ids:
        outcome = enrol(told, template_id)
        assert isinstance(outcome, list)
        told += outcome
    return told
