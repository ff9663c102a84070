"""An attendance report as the contract shows it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from application.ports import AttendanceCounts, AttendanceReport, ReportBy, ReportRow


class CountsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One for each person in each session. `rate`: the share that came, present or late, of those who came or were
    absent; null where there are none. Who is excused or still expected is in neither.
    """

    present: int
    late: int
    absent: int
    excused: int
    expected: int
    rate: float | None


class ReportRowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: of the person, the group or the session, or the day. What does not fit the kind of row is null."""

    name: str
    sessions: int
    counts: CountsAnswer
    person_id: UUID | None
    user_id: str | None
    session_id: UUID | None
    group: str | None
    room: str | None
    starts_at: datetime | None
    day: date | None


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions that start on the days from `first` to `last`, both included, as days are counted in `zone`.

    `totals` are the same however it is counted. `nameless`: what was settled of people who were erased since; it is
    in the totals, and in the rows of all but people.
    """

    by: ReportBy
    first: date
    last: date
    zone: str
    group: str | None
    person_id: UUID | None
    sessions: int
    rows: list[ReportRowAnswer]
    totals: CountsAnswer
    nameless: CountsAnswer


def report_answer(report: AttendanceReport) -> ReportAnswer:
    question = report.question
    return ReportAnswer(
        by=question.by,
        first=question.first,
        last=question.last,
        zone=question.zone,
        group=question.group,
        person_id=question.person_id,
        sessions=report.sessions,
        rows=[_row(row) for row in report.rows],
        totals=_counts(report.totals),
        nameless=_counts(report.nameless),
    )


def _row(row: ReportRow) -> ReportRowAnswer:
    return ReportRowAnswer(
        name=row.name,
        sessions=row.sessions,
        counts=_counts(row.counts),
        person_id=row.person_id,
        user_id=row.user_id,
        session_id=row.session_id,
        group=row.group,
        room=row.room,
        starts_at=row.starts_at,
        day=row.day,
    )


def _counts(counts: AttendanceCounts) -> CountsAnswer:
    return CountsAnswer(**msgspec.structs.asdict(counts), rate=counts.rate)
