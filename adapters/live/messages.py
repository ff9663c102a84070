"""What the live feed tells its watchers: one struct for each kind of message, each with its position."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.attendance import Status as AttendanceStatus
from domain.check_in import Status

Position = Annotated[int, Meta(ge=0, description="in the one global order; what to resume after")]
Moment = Annotated[datetime, Meta(tz=True)]
Place = Annotated[str, Meta(description="where the station stands: its room, or its name where it has none")]
SessionChange = Literal["scheduled", "rescheduled", "roster_changed", "opened", "closed", "cancelled"]


class Attended(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person stands in one session. `corrected`: a member of staff said so."""

    session_id: UUID
    title: str
    room: str
    starts_at: Moment
    status: AttendanceStatus
    corrected: bool


class Somebody(msgspec.Struct, frozen=True, kw_only=True):
    """A person as staff see them."""

    person_id: UUID
    user_id: str
    name: str


class OwnCheckIn(msgspec.Struct, frozen=True, kw_only=True, tag="check_in", tag_field="kind"):
    """A check-in of the watcher's own, or one that claims to be theirs. `processing`: it is being judged now.

    `moment` is when it was captured. `attendance` holds the sessions in which it counts.
    """

    position: Position
    checkin_id: UUID
    station_id: UUID
    place: Place | None
    status: Status
    moment: Moment
    started_at: Moment
    decided_at: Moment | None
    refusal_code: str | None
    attendance: tuple[Attended, ...] = ()


class CheckIn(msgspec.Struct, frozen=True, kw_only=True, tag="check_in", tag_field="kind"):
    """Anybody's check-in. `person` once it is known who it is; nobody again once they are erased."""

    position: Position
    checkin_id: UUID
    station_id: UUID
    place: Place | None
    status: Status
    moment: Moment
    started_at: Moment
    decided_at: Moment | None
    refusal_code: str | None
    confidence: float | None
    person: Somebody | None
    attendance: tuple[Attended, ...] = ()


class OwnAttendance(msgspec.Struct, frozen=True, kw_only=True, tag="attendance", tag_field="kind"):
    """The watcher's attendance of a session was settled, revised or corrected."""

    position: Position
    attendance: Attended


class Attendance(msgspec.Struct, frozen=True, kw_only=True, tag="attendance", tag_field="kind"):
    """Somebody's attendance of a session was revised or corrected."""

    position: Position
    person: Somebody
    attendance: Attended


class SessionChanged(msgspec.Struct, frozen=True, kw_only=True, tag="session", tag_field="kind"):
    """A session is not as it was: its plan, its roster, or everybody's attendance at its close. Read it again."""

    position: Position
    session_id: UUID
    change: SessionChange


class StationThrough(msgspec.Struct, frozen=True, kw_only=True, tag="station", tag_field="kind"):
    """A station has delivered everything that it captured before `through`."""

    position: Position
    station_id: UUID
    through: Moment


class PersonErased(msgspec.Struct, frozen=True, kw_only=True, tag="erased", tag_field="kind"):
    """A person was erased: whatever is shown of them has to go."""

    position: Position
    person_id: UUID


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, tag="heartbeat", tag_field="kind"):
    """Everything up to `position` that concerns the watcher was sent."""

    position: Position


class OwnSnapshot(msgspec.Struct, frozen=True, kw_only=True, tag="snapshot", tag_field="kind"):
    """What holds at `position`, in place of all that was told before: the watcher's check-ins of the last day."""

    position: Position
    checkins: tuple[OwnCheckIn, ...]


class StaffSnapshot(msgspec.Struct, frozen=True, kw_only=True, tag="snapshot", tag_field="kind"):
    """What holds at `position`, in place of all that was told before: the latest check-ins of the last day."""

    position: Position
    checkins: tuple[CheckIn, ...]
    stations: tuple[StationThrough, ...]


OwnMessage = OwnSnapshot | OwnCheckIn | OwnAttendance | Heartbeat
StaffMessage = StaffSnapshot | CheckIn | Attendance | SessionChanged | StationThrough | PersonErased | Heartbeat
LiveMessage = OwnMessage | StaffMessage


def own_check_in(check_in: CheckIn) -> OwnCheckIn:
    """As its person sees it."""
    return OwnCheckIn(**{name: getattr(check_in, name) for name in OwnCheckIn.__struct_fields__})
