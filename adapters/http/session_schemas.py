"""The bodies of the session endpoints, and of checking in without a face."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.fields import BurstId, CapturedAt, UserId
from adapters.visible_text import VISIBLE_TEXT
from domain.attendance import CorrectedStatus, Status
from domain.check_in import OtherRoute
from domain.session import State

Words = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=VISIBLE_TEXT,
    ),
]
Reason = Annotated[
    str, Meta(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$", description="sealed with the person's key")
]
Moment = Annotated[datetime, Meta(tz=True)]


class PlanRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole plan, each time.

    Check-ins count from `opens_at` (else 15 minutes before the start) until `ends_at`, and are late after `late_after`
    (else 10 minutes after the start).
    """

    title: Words
    room: Words
    stations: Annotated[list[UUID], Meta(min_length=1, max_length=50, description="those of the room")]
    starts_at: Moment
    ends_at: Moment
    zone: Annotated[str, Meta(max_length=64, description="IANA time zone in which people read the times")]
    opens_at: Moment | None = None
    late_after: Moment | None = None
    series: Words | None = None


class RosterRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everybody who is expected, and nobody else."""

    user_ids: Annotated[list[UserId], Meta(max_length=5_000)]


class CorrectionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for the person whatever their check-ins say; with `status` null they speak again."""

    person_id: UUID
    status: CorrectedStatus | None
    reason: Reason = ""


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A session without its people. `rostered` counts those who were erased too, and so does each status."""

    session_id: UUID
    state: State
    title: str
    room: str
    series: str | None
    stations: list[UUID]
    zone: str
    opens_at: datetime
    starts_at: datetime
    late_after: datetime
    ends_at: datetime
    rostered: int
    counts: dict[Status, int]


class SessionList(msgspec.Struct, frozen=True, kw_only=True):
    sessions: list[SessionAnswer]


class ShownCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """`author`: the member of staff; `reason` is null where it can no longer be read."""

    status: CorrectedStatus
    reason: str | None
    author: UUID
    at: datetime


class AttendanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person, once. `checkin_id` and `moment` are of the first check-in; `check_ins` counts the others too."""

    person_id: UUID
    user_id: str | None
    name: str | None
    status: Status
    checkin_id: UUID | None
    moment: datetime | None
    check_ins: int
    correction: ShownCorrection | None


class SheetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`reported`: every station has delivered all that it captured before the end, so that absence can be told."""

    session: SessionAnswer
    reported: bool
    attendance: list[AttendanceRow]


class StaffCheckInRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member of staff vouches for who it is. `request_id`: the same one sent again changes nothing."""

    user_id: UserId
    request_id: BurstId
    captured_at: CapturedAt | None = None


class PinRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    user_id: UserId
    pin: Annotated[str, Meta(min_length=1, max_length=32)]
    request_id: BurstId
    captured_at: CapturedAt | None = None


class CodeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code`: what the QR code says."""

    code: Annotated[str, Meta(min_length=1, max_length=128)]
    request_id: BurstId
    captured_at: CapturedAt | None = None


class CheckedInAnswer(msgspec.Struct, frozen=True, kw_only=True):
    checkin_id: UUID
    route: OtherRoute
    identity_id: UUID | None
    name: str | None


class ProgressRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that this station captured before `through` has been delivered: its outbox holds nothing older."""

    through: Moment


class CredentialAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` is shown this once, and replaces the one before."""

    secret: str
