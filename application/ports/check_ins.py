"""The read model of check-ins: their status, without a person and without an emotion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.check_in import Status


class CheckInSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a check-in, without its person and without its emotion."""

    id: UUID
    station_id: UUID
    status: Status
    started_at: datetime
    decided_at: datetime | None
    refusal_code: str | None
    confidence: float | None
    completed: bool
    position: int


class CheckIns(Protocol):
    async def recent(self, *, limit: int, after_position: int = 0) -> Sequence[CheckInSummary]:
        """The latest check-ins, newest first."""
        ...

    async def undecided_since(self, before: datetime) -> Sequence[UUID]:
        """Check-ins that started before `before` and still wait for their decision."""
        ...
