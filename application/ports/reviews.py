"""The read model of what waits to be looked at by a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

ReviewKind = Literal["unknown", "ambiguous", "mismatch", "refused", "denied"]


class ReviewItem(msgspec.Struct, frozen=True, kw_only=True):
    """A check-in that nobody was matched to, and what that was decided with.

    `candidates`: the two nearest people of an ambiguous one, less those who were erased. `moment`: of its capture.
    """

    id: UUID
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
    candidates: Sequence[UUID]
    position: int


class Reviews(Protocol):
    async def waiting(
        self, *, kinds: Sequence[ReviewKind], limit: int, before_position: int | None = None
    ) -> Sequence[ReviewItem]:
        """The newest first; `before_position`: what comes after the last one of a page."""
        ...

    async def one(self, id: UUID) -> ReviewItem | None:
        """None where it does not wait, or waits no more."""
        ...

    async def counts(self) -> dict[ReviewKind, int]: ...
