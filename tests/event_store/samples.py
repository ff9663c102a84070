"""Events of made-up people and check-ins, as the domain makes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from domain import check_in as check_ins
from domain import person as persons
from domain.check_in import CheckIn, CheckInEvent
from domain.emotion import EMOTIONS, EmotionReading
from domain.face import Box, Quality
from domain.matching import Ambiguous, Evidence, Match
from domain.person import PersonEvent
from domain.personal import PersonalData
from domain.refusal import Refusal

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
QUALITY = Quality(sharpness=210.5, brightness=120.0, overexposed=0.01, face_px=180.0, detection=0.99)
BOX = Box(10.0, 20.0, 190.0, 230.0)
EVIDENCE = Evidence(
    model="resnet-29/1",
    threshold=0.5,
    margin_required=0.05,
    distance=0.31,
    margin=0.2,
    confidence=0.94,
    gallery_people=3,
)
REFUSAL = Refusal(code="image-blurred", frame=0, value=12.5, limit=40.0, unit="variance")
READING = EmotionReading(
    model="emotion/1",
    probabilities={emotion: 1 / len(EMOTIONS) for emotion in EMOTIONS},
    spread=dict.fromkeys(EMOTIONS, 0.01),
    frames=6,
)
TIMINGS = {"detect": 4.5, "embed": 7.25}


def registered(person: UUID, *, user_id: str = "s-1001", name: str = "Ada Lovelace") -> list[PersonEvent]:
    return persons.register(
        person, user_id=user_id, name=name, consents=["face", "emotion"], text_version="2026-11", at=AT
    )


def enrolled(template: UUID, person: UUID, *, model: str = "resnet-29/1") -> list[PersonEvent]:
    photograph = PersonalData(person, template.hex)
    return [persons.FaceEnrolled(at=AT, template_id=template, photograph=photograph, model=model, quality=QUALITY)]


def started(station: UUID, *, claimed: UUID | None = None, burst_id: str = "burst-1") -> list[CheckInEvent]:
    return check_ins.start(
        station_id=station, burst_id=burst_id, request_digest="digest", claimed=claimed, captured_at=None, at=AT
    )


def matched(person: UUID) -> list[CheckInEvent]:
    return check_ins.decide_identity(
        _processing(), Match(person, EVIDENCE), quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=later(1)
    )


def ambiguous(first: UUID, second: UUID) -> list[CheckInEvent]:
    return check_ins.decide_identity(
        _processing(), Ambiguous((first, second), EVIDENCE), quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=later(1)
    )


def refused() -> list[CheckInEvent]:
    return check_ins.refuse_capture(_processing(), REFUSAL, timings_ms=TIMINGS, at=later(1))


def felt() -> list[CheckInEvent]:
    return [
        check_ins.EmotionRecognised(at=later(2), reading=READING, request_digest="digest-2", timings_ms=TIMINGS),
        check_ins.Completed(at=later(2)),
    ]


def check_in_of(person: UUID) -> Sequence[CheckInEvent]:
    """A whole check-in: started, matched, emotion, completed."""
    return [*started(uuid4(), claimed=person), *matched(person), *felt()]


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def _processing() -> CheckIn:
    return CheckIn(
        id=uuid4(),
        version=1,
        status="processing",
        station_id=uuid4(),
        burst_id="burst-1",
        request_digest="digest",
        started_at=AT,
    )
