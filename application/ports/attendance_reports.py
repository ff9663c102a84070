"""The read model of attendance over a term: counted per person, group, session or day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

ReportBy = Literal["person", "group", "session", "day"]


class AttendanceCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many attendances are what: one for each person in each session."""

    present: int = 0
    late: int = 0
    absent: int = 0
    excused: int = 0
    expected: int = 0

    @property
    def total(self) -> int:
        return self.present + self.late + self.absent + self.excused + self.expected

    @property
    def rate(self) -> float | None:
        """The share that came, of those who came or should have: who is excused or still expected is in neither."""
        came = self.present + self.late
        return came / (came + self.absent) if came + self.absent else None

    def plus(self, other: AttendanceCounts, times: int = 1) -> AttendanceCounts:
        return AttendanceCounts(
            present=self.present + times * other.present,
            late=self.late + times * other.late,
            absent=self.absent + times * other.absent,
            excused=self.excused + times * other.excused,
            expected=self.expected + times * other.expected,
        )

    def minus(self, other: AttendanceCounts) -> AttendanceCounts:
        return self.plus(other, times=-1)


def total_of(counts: Iterable[AttendanceCounts]) -> AttendanceCounts:
    total = AttendanceCounts()
    for one in counts:
        total = total.plus(one)
    return total


class ReportQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions that start on the days from `first` to `last`, both included, as days are counted in `zone`.

    `group`: of this group alone; `person_id`: what concerns this person alone.
    """

    by: ReportBy
    first: date
    last: date
    zone: str
    group: str | None = None
    person_id: UUID | None = None


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: of the person, the group or the session, or the day as 2026-11-02. `sessions`: how many it is about.

    A person's row has `person_id` and `user_id`; a session's has `session_id`, `group`, `room` and `starts_at`.
    """

    name: str
    sessions: int
    counts: AttendanceCounts
    person_id: UUID | None = None
    user_id: str | None = None
    session_id: UUID | None = None
    group: str | None = None
    room: str | None = None
    starts_at: datetime | None = None
    day: date | None = None


class AttendanceReport(msgspec.Struct, frozen=True, kw_only=True):
    """`totals` are the same however it is counted.

    `nameless`: what was settled of people who were erased since. They are in the rows of groups, sessions and days;
    of people they have no row, and are only in the totals. Where one person is asked for they are left out.
    """

    question: ReportQuestion
    rows: Sequence[ReportRow]
    totals: AttendanceCounts
    nameless: AttendanceCounts
    sessions: int


class AttendanceReports(Protocol):
    async def report(self, question: ReportQuestion) -> AttendanceReport:
        """People by name, groups by name, sessions and days in order of time. What was cancelled is not in it."""
        ...

    async def groups(self) -> Sequence[str]:
        """The name of every group that ever met, in order: a session's series, or its title where it has none."""
        ...
