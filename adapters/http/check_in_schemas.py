"""The bodies of the check-in endpoints: requests are strict, answers may grow."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.fields import BurstFrames, BurstId, CapturedAt, Jpeg, Share, UserId
from adapters.http.problem_document import Problem
from domain.check_in import Status, Timings
from domain.emotion import Emotion

Decided = Literal["match", "unknown", "ambiguous", "mismatch"]
EmotionProgress = Literal["awaited", "recorded", "refused", "declined"]


class IdentifyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One primary frame. With a `user_id` it is compared with that person alone, without one with everybody."""

    image: Jpeg
    user_id: UserId | None = None
    burst_id: BurstId | None = None
    captured_at: CapturedAt | None = None


class EmotionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The six frames of a burst whose identity was decided."""

    images: BurstFrames
    checkin_id: UUID


class BurstRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole burst in one call. `primary` is the index of the frame that shows the face best."""

    images: BurstFrames
    primary: Annotated[int, Meta(ge=0, le=5)] = 0
    user_id: UserId | None = None
    burst_id: BurstId | None = None
    captured_at: CapturedAt | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is. `match` is true only for the decision `match`; anything else is a decision too, and not an error.

    `confidence`: how likely both faces are one person, were both cases equally frequent. `distance` (smaller is nearer)
    is held against `threshold`; `margin` is how much farther the runner-up is. `timings_ms` are of the first answer.
    """

    match: bool
    confidence: Share
    identity_id: UUID | None
    checkin_id: UUID
    burst_id: str
    decision: Decided
    name: str | None
    distance: float | None
    threshold: float
    margin: float | None
    model: str
    timings_ms: Timings


class EmotionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The mean probability of each emotion over `frames` frames, and its standard deviation, `spread`."""

    dominant_emotion: Emotion
    probabilities: dict[Emotion, Share]
    spread: dict[Emotion, Annotated[float, Meta(ge=0)]]
    frames: int
    model: str
    checkin_id: UUID
    timings_ms: Timings


class BurstAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is stands, whatever becomes of the emotion: either it was read, or `emotion_problem` says why not."""

    identity: Identity
    emotion: EmotionAnswer | None
    emotion_problem: Problem | None


class CheckInState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a check-in stands. It says whether an emotion was recorded, and not which: only the burst's answer does."""

    checkin_id: UUID
    station_id: UUID
    burst_id: str
    status: Status
    started_at: datetime
    captured_at: datetime | None
    decided_at: datetime | None
    completed: bool
    identity: Identity | None
    refusal: Problem | None
    emotion: EmotionProgress


class ListedCheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """A check-in without its person and without its emotion."""

    checkin_id: UUID
    station_id: UUID
    status: Status
    started_at: datetime
    decided_at: datetime | None
    refusal_code: str | None
    confidence: Share | None
    completed: bool
    position: int


class CheckInList(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. `last_position`: ask after it for what is newer."""

    checkins: list[ListedCheckIn]
    last_position: int
