"""Who was there: present, late, absent or excused, from check-ins, corrections and what the stations have reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Status = Literal["expected", "present", "late", "absent", "excused"]
CorrectedStatus = Literal["present", "late", "absent", "excused"]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When a session's check-ins count, and at which stations.

    A check-in counts from `opens_at` on and before `ends_at`; one after `late_after` is late.
    """

    opens_at: datetime
    late_after: datetime
    ends_at: datetime
    stations: frozenset[UUID]

    def counts(self, seen: Seen) -> bool:
        return seen.station in self.stations and self.opens_at <= seen.moment < self.ends_at


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One check-in of a known person, at the moment of its capture."""

    check_in: UUID
    station: UUID
    moment: datetime


class Attendance(msgspec.Struct, frozen=True, kw_only=True):
    """Where one person stands, and the check-in behind it: the first one. `check_ins` counts every one that was made.

    `check_in` and `moment` are absent where nobody was seen.
    """

    person: UUID
    status: Status
    check_in: UUID | None = None
    moment: datetime | None = None
    check_ins: int = 0
    corrected: bool = False

    @property
    def repeated(self) -> bool:
        """They checked in more than once, which counts once."""
        return self.check_ins > 1


def moment_of(captured_at: datetime | None, received_at: datetime) -> datetime:
    """When a check-in happened: the station's word, unless its clock was ahead of the server's."""
    return received_at if captured_at is None else min(captured_at, received_at)


def all_reported(window: Window, reported_through: Mapping[UUID, datetime]) -> bool:
    """Every station of the room has delivered all that it captured before the end."""
    return all(
        station in reported_through and reported_through[station] >= window.ends_at for station in window.stations
    )


def attend(
    person: UUID, window: Window, seen: Sequence[Seen], correction: CorrectedStatus | None, *, reported: bool
) -> Attendance:
    """One person's attendance, in whatever order their check-ins arrived."""
    counted = sorted({one for one in seen if window.counts(one)}, key=lambda one: (one.moment, one.check_in))
    first = counted[0] if counted else None
    return Attendance(
        person=person,
        status=correction or _status(window, first, reported=reported),
        check_in=None if first is None else first.check_in,
        moment=None if first is None else first.moment,
        check_ins=len(counted),
        corrected=correction is not None,
    )


def take_attendance(
    roster: Sequence[UUID],
    window: Window,
    seen: Mapping[UUID, Sequence[Seen]],
    corrections: Mapping[UUID, CorrectedStatus],
    reported_through: Mapping[UUID, datetime],
) -> list[Attendance]:
    """Everybody on the roster once. Nobody is absent, unless by hand, before every station has reported."""
    reported = all_reported(window, reported_through)
    return [
        attend(person, window, seen.get(person, ()), corrections.get(person), reported=reported)
        for person in sorted(set(roster))
    ]


def _status(window: Window, first: Seen | None, *, reported: bool) -> Status:
    if first is not None:
        return "present" if first.moment <= window.late_after else "late"
    return "absent" if reported else "expected"
