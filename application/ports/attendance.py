"""The read models of sessions and of who attended them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.attendance import Attendance
from domain.attendance import Status as AttendanceStatus
from domain.session import State
from domain.session_events import Plan


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A session without its people. `rostered` counts those who were erased too."""

    id: UUID
    state: State
    plan: Plan
    rostered: int


class Sessions(Protocol):
    async def between(self, start: datetime, end: datetime) -> Sequence[SessionSummary]:
        """Those that start from `start` on and before `end`, in order of their start."""
        ...

    async def of_series(self, series: str) -> Sequence[UUID]:
        """The sessions of a series that are not over, in order of their start."""
        ...


class AttendanceSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A session's attendance, one row for each person on the roster.

    `reported`: every station has reported past the end. `erased`: what was settled of people who were erased since.
    """

    rows: Sequence[Attendance]
    reported: bool
    erased: dict[AttendanceStatus, int]


class AttendanceBook(Protocol):
    async def sheet(self, session: UUID) -> AttendanceSheet | None:
        """None where there is no such session, or it was cancelled."""
        ...

    async def sheets(self, sessions: Sequence[UUID]) -> dict[UUID, AttendanceSheet]:
        """Those of many sessions at once; one that was cancelled has none."""
        ...

    async def unsettled(self) -> tuple[Sequence[UUID], int]:
        """Sessions that every station has reported past, and closed ones with check-ins that are new.

        Answers them with the position through which this was looked at, for `settled` once they all are.
        """
        ...

    async def settled(self, through: int) -> None:
        """Check-ins recorded at `through` and before are new no more, in any process."""
        ...
