"""The bodies of the review endpoints."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from adapters.http.fields import UserId
from application.ports import ReviewKind
from domain.check_in import Status


class ReviewCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two nearest people of an ambiguous check-in."""

    person_id: UUID
    user_id: str
    name: str


class ReviewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A check-in that belongs to nobody, with what that was decided with; distances are between embeddings.

    `refusal_value` and `refusal_limit` are what was measured of a refused capture, and what was asked for.
    """

    checkin_id: UUID
    kind: ReviewKind
    station_id: UUID
    moment: datetime
    distance: float | None
    threshold: float | None
    margin: float | None
    margin_required: float | None
    confidence: float | None
    refusal_code: str | None
    refusal_value: float | None
    refusal_limit: float | None
    candidates: list[ReviewCandidate]
    position: int


class ReviewList(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. `counts`: how many wait, by kind. `next_before`: ask before it for what comes after."""

    items: list[ReviewEntry]
    counts: dict[ReviewKind, int]
    next_before: int | None


class AssignRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose check-in it is."""

    user_id: UserId


class ReviewedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The check-in as it is now; `person_id` is null where it belongs to nobody."""

    checkin_id: UUID
    status: Status
    person_id: UUID | None
    dismissed: bool
