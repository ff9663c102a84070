"""What can happen to a session, and the plan that it follows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from domain.attendance import CorrectedStatus, Status
from domain.personal import PersonalData


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Moments of one session, in UTC; `zone` is the IANA name of the zone in which people read them.

    Check-ins count from `opens_at` on, are late after `late_after`, and count no more from `ends_at` on.
    """

    opens_at: datetime
    starts_at: datetime
    late_after: datetime
    ends_at: datetime
    zone: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to take place. `stations` are those of the room: each has to report before anybody is absent.

    `series` is what the meetings of one class share in a timetable.
    """

    title: str
    room: str
    stations: tuple[UUID, ...]
    times: Times
    series: str | None = None


class SessionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the server's time, in UTC."""

    at: datetime


class Scheduled(SessionEvent, frozen=True, kw_only=True):
    plan: Plan


class Rescheduled(SessionEvent, frozen=True, kw_only=True):
    """The whole plan as it is from now on."""

    plan: Plan


class RosterChanged(SessionEvent, frozen=True, kw_only=True):
    """The whole roster as it is from now on. `erased`: how many more are on it of whom nothing is known any longer."""

    roster: tuple[PersonalData[UUID], ...]
    erased: int = 0


class Opened(SessionEvent, frozen=True, kw_only=True):
    """By hand, before its time: check-ins count from now on."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the attendance of one person was when the session was closed."""

    person: PersonalData[UUID]
    status: Status
    check_in: UUID | None = None


class Closed(SessionEvent, frozen=True, kw_only=True):
    """Every station has reported past the end: who was there and who was not is settled."""

    outcomes: tuple[Outcome, ...]


class Cancelled(SessionEvent, frozen=True, kw_only=True):
    """It does not take place: nobody attends it, and nobody misses it."""


class AttendanceRevised(SessionEvent, frozen=True, kw_only=True):
    """What was settled was wrong: a check-in arrived after all (`check_in`), or somebody corrected it."""

    person: PersonalData[UUID]
    before: Status
    after: Status
    check_in: UUID | None = None


class AttendanceCorrected(SessionEvent, frozen=True, kw_only=True):
    """By hand. `author` is the member of staff; `reason` may say more about the person than others should read."""

    person: PersonalData[UUID]
    status: CorrectedStatus
    reason: PersonalData[str]
    author: UUID


class CorrectionWithdrawn(SessionEvent, frozen=True, kw_only=True):
    """What the check-ins say holds again."""

    person: PersonalData[UUID]
    author: UUID
