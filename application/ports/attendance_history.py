"""The read model of one person's attendance, session by session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.attendance import Status


class AttendedSession(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person stood in one session. `moment`: of their first check-in; `zone`: in which its times are read."""

    session_id: UUID
    title: str
    room: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    status: Status
    moment: datetime | None
    corrected: bool


class CheckInOutside(msgspec.Struct, frozen=True, kw_only=True):
    """A check-in that counts in no session. `place`: where its station stands."""

    checkin_id: UUID
    moment: datetime
    place: str | None


class AttendanceHistory(Protocol):
    async def of_person(self, person: UUID, *, before: datetime, limit: int) -> Sequence[AttendedSession]:
        """Sessions that start before a moment, the latest first."""
        ...

    async def outside(self, person: UUID, *, before: datetime, limit: int) -> Sequence[CheckInOutside]:
        """Check-ins before a moment that count in no session, the latest first."""
        ...
