"""A check-in: one attempt by one burst at one station, from its start to its answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID, uuid5

import msgspec

from domain.emotion import EmotionReading
from domain.face import Box, Quality
from domain.matching import Ambiguous, Decision, Evidence, Match, Mismatch, Unknown
from domain.personal import PersonalData
from domain.refusal import Refusal

Status = Literal["processing", "checked_in", "unknown", "ambiguous", "mismatch", "refused", "expired"]
RejectionReason = Literal["unknown", "ambiguous", "mismatch"]
DeclineReason = Literal["policy", "consent"]
OtherRoute = Literal["pin", "qr", "staff"]
Timings = dict[str, float]


class CheckInEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the server's time of the decision, in UTC."""

    at: datetime


class Started(CheckInEvent, frozen=True, kw_only=True):
    """A burst arrived.

    `request_digest` tells a retry from another request under the same burst id; `captured_at` is the station's word.
    """

    station_id: UUID
    burst_id: str
    request_digest: str
    claimed: PersonalData[UUID] | None = None
    captured_at: datetime | None = None


class IdentityMatched(CheckInEvent, frozen=True, kw_only=True):
    person: PersonalData[UUID]
    evidence: Evidence
    quality: Quality
    box: Box
    timings_ms: Timings


class IdentifiedByOtherRoute(CheckInEvent, frozen=True, kw_only=True):
    """Without a face, on equal terms. `by`: the member of staff who said who it is, for the route `staff`."""

    person: PersonalData[UUID]
    route: OtherRoute
    by: UUID | None = None


class IdentityRejected(CheckInEvent, frozen=True, kw_only=True):
    """Nobody was matched. `candidates`: the two nearest where they were too close to each other."""

    reason: RejectionReason
    evidence: Evidence
    quality: Quality
    box: Box
    timings_ms: Timings
    candidates: tuple[PersonalData[UUID], ...] = ()


class CaptureRefused(CheckInEvent, frozen=True, kw_only=True):
    """The primary frame could not be judged. The check-in ends here; a new burst is a new check-in."""

    refusal: Refusal
    timings_ms: Timings


class EmotionRecognised(CheckInEvent, frozen=True, kw_only=True):
    reading: EmotionReading
    request_digest: str
    timings_ms: Timings


class EmotionCaptureRefused(CheckInEvent, frozen=True, kw_only=True):
    """The burst showed no emotion that could be read. Who it is stands; other frames may be sent."""

    refusal: Refusal
    request_digest: str
    timings_ms: Timings


class EmotionDeclined(CheckInEvent, frozen=True, kw_only=True):
    """No emotion was read, and none will be: by policy, or for want of consent."""

    reason: DeclineReason


class Completed(CheckInEvent, frozen=True, kw_only=True):
    """Nothing more is expected of this check-in."""


class Expired(CheckInEvent, frozen=True, kw_only=True):
    """No decision came in time. A retry may still bring one."""


class Reassigned(CheckInEvent, frozen=True, kw_only=True):
    """A member of staff said whose check-in it is, whatever was decided before."""

    person: PersonalData[UUID]
    by: UUID


class MatchDenied(CheckInEvent, frozen=True, kw_only=True):
    """A member of staff said that it is not who was matched. Whose it is instead is not known."""

    by: UUID


class Dismissed(CheckInEvent, frozen=True, kw_only=True):
    """A member of staff looked at a check-in that nobody was matched to, and leaves it so."""

    by: UUID


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a check-in after `version` events."""

    id: UUID
    version: int
    status: Status
    station_id: UUID
    burst_id: str
    request_digest: str
    started_at: datetime
    claimed: PersonalData[UUID] | None = None
    captured_at: datetime | None = None
    decided_at: datetime | None = None
    person: PersonalData[UUID] | None = None
    route: OtherRoute | None = None
    evidence: Evidence | None = None
    quality: Quality | None = None
    box: Box | None = None
    refusal: Refusal | None = None
    emotion: EmotionReading | None = None
    emotion_digest: str | None = None
    emotion_refusal: Refusal | None = None
    emotion_declined: DeclineReason | None = None
    timings_ms: Timings = {}
    emotion_timings_ms: Timings = {}
    completed: bool = False
    dismissed: bool = False

    @property
    def decided(self) -> bool:
        return self.status not in ("processing", "expired")


_CHECK_INS = UUID("6f1f2c51-6f0e-5c1c-9a67-0a4a1c1d8f10")


def check_in_id(station_id: UUID, burst_id: str) -> UUID:
    """One id for each (station, burst id), so that a retry meets itself."""
    return uuid5(_CHECK_INS, f"{station_id}/{burst_id}")


def start(
    *,
    station_id: UUID,
    burst_id: str,
    request_digest: str,
    claimed: UUID | None,
    captured_at: datetime | None,
    at: datetime,
) -> list[CheckInEvent]:
    sealed = None if claimed is None else PersonalData(claimed, claimed)
    return [
        Started(
            at=at,
            station_id=station_id,
            burst_id=burst_id,
            request_digest=request_digest,
            claimed=sealed,
            captured_at=captured_at,
        )
    ]


def decide_identity(
    check_in: CheckIn, decision: Decision, *, quality: Quality, box: Box, timings_ms: Timings, at: datetime
) -> list[CheckInEvent]:
    """A face was judged: the events of its decision, none where the check-in was decided before."""
    if check_in.decided:
        return []
    match decision:
        case Match(person=person, evidence=evidence):
            sealed = PersonalData(person, person)
            return [
                IdentityMatched(
                    at=at, person=sealed, evidence=evidence, quality=quality, box=box, timings_ms=timings_ms
                )
            ]
        case Unknown(evidence=evidence):
            reason: RejectionReason = "unknown"
            candidates: tuple[UUID, ...] = ()
        case Ambiguous(candidates=nearest, evidence=evidence):
            reason, candidates = "ambiguous", nearest
        case Mismatch(evidence=evidence):
            reason, candidates = "mismatch", ()
        case _:
            assert_never(decision)
    return [
        IdentityRejected(
            at=at,
            reason=reason,
            evidence=evidence,
            quality=quality,
            box=box,
            timings_ms=timings_ms,
            candidates=tuple(PersonalData(person, person) for person in candidates),
        )
    ]


def identify_by_other_route(
    check_in: CheckIn, person: UUID, route: OtherRoute, *, by: UUID | None, at: datetime
) -> list[CheckInEvent]:
    """Who it is was shown without a face: nothing more is expected, as there are no frames to read."""
    if check_in.decided:
        return []
    return [IdentifiedByOtherRoute(at=at, person=PersonalData(person, person), route=route, by=by), Completed(at=at)]


def refuse_capture(check_in: CheckIn, refusal: Refusal, *, timings_ms: Timings, at: datetime) -> list[CheckInEvent]:
    """The primary frame could not be judged: the check-in ends."""
    if check_in.decided:
        return []
    return [CaptureRefused(at=at, refusal=refusal, timings_ms=timings_ms), Completed(at=at)]


def record_emotion(
    check_in: CheckIn, outcome: EmotionReading | Refusal, *, request_digest: str, timings_ms: Timings, at: datetime
) -> list[CheckInEvent]:
    """A burst was read, or refused: its events, none before the decision nor after an emotion or its declining."""
    if not check_in.decided or check_in.completed or check_in.emotion_digest == request_digest:
        return []
    if isinstance(outcome, Refusal):
        return [EmotionCaptureRefused(at=at, refusal=outcome, request_digest=request_digest, timings_ms=timings_ms)]
    return [
        EmotionRecognised(at=at, reading=outcome, request_digest=request_digest, timings_ms=timings_ms),
        Completed(at=at),
    ]


def decline_emotion(check_in: CheckIn, reason: DeclineReason, *, at: datetime) -> list[CheckInEvent]:
    if not check_in.decided or check_in.completed:
        return []
    return [EmotionDeclined(at=at, reason=reason), Completed(at=at)]


def expire(check_in: CheckIn, *, at: datetime) -> list[CheckInEvent]:
    """Called for a check-in that has waited too long for its decision."""
    return [Expired(at=at)] if check_in.status == "processing" else []


def evolve(check_in: CheckIn | None, event: CheckInEvent, *, id: UUID) -> CheckIn:
    """The state after one more event."""
    if isinstance(event, Started):
        return CheckIn(
            id=id,
            version=1,
            status="processing",
            station_id=event.station_id,
            burst_id=event.burst_id,
            request_digest=event.request_digest,
            started_at=event.at,
            claimed=event.claimed,
            captured_at=event.captured_at,
        )
    if check_in is None:
        raise ValueError(f"a check-in starts with Started, not {type(event).__name__}")
    changes = _changes(event)
    return msgspec.structs.replace(check_in, version=check_in.version + 1, **changes)


def _changes(event: CheckInEvent) -> dict[str, object]:
    match event:
        case IdentityMatched():
            return {
                "status": "checked_in",
                "person": event.person,
                "evidence": event.evidence,
                "quality": event.quality,
                "box": event.box,
                "timings_ms": event.timings_ms,
                "decided_at": event.at,
            }
        case IdentifiedByOtherRoute():
            return {"status": "checked_in", "person": event.person, "route": event.route, "decided_at": event.at}
        case IdentityRejected():
            return {
                "status": event.reason,
                "evidence": event.evidence,
                "quality": event.quality,
                "box": event.box,
                "timings_ms": event.timings_ms,
                "decided_at": event.at,
            }
        case CaptureRefused():
            return {
                "status": "refused",
                "refusal": event.refusal,
                "timings_ms": event.timings_ms,
                "decided_at": event.at,
            }
        case EmotionRecognised():
            return {
                "emotion": event.reading,
                "emotion_digest": event.request_digest,
                "emotion_refusal": None,
                "emotion_timings_ms": event.timings_ms,
            }
        case EmotionCaptureRefused():
            return {
                "emotion_refusal": event.refusal,
                "emotion_digest": event.request_digest,
                "emotion_timings_ms": event.timings_ms,
            }
        case EmotionDeclined():
            return {"emotion_declined": event.reason}
        case Completed():
            return {"completed": True}
        case Expired():
            return {"status": "expired"}
        case Reassigned():
            return {"status": "checked_in", "person": event.person, "dismissed": False}
        case MatchDenied():
            return {"status": "unknown", "person": None}
        case Dismissed():
            return {"dismissed": True}
    raise TypeError(f"not an event of a check-in: {type(event).__name__}")


def replay(id: UUID, events: Iterable[CheckInEvent]) -> CheckIn | None:
    """The state after all of `events`, None where there are none."""
    check_in: CheckIn | None = None
    for event in events:
        check_in = evolve(check_in, event, id=id)
    return check_in
