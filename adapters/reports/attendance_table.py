"""An attendance report as a table for a file: its columns, its totals, and what a reader must know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from adapters.reports.table import Column, CountColumn, DayColumn, MomentColumn, ShareColumn, Table, TextColumn
from application.ports import AttendanceCounts, AttendanceReport, ReportBy, ReportRow

TITLES: dict[ReportBy, str] = {
    "person": "Attendance by person",
    "group": "Attendance by group",
    "session": "Attendance by session",
    "day": "Attendance by day",
}
RATE_NOTE = (
    "Rate: those who came, present or late, of those who came or were absent. Excused and expected are in neither."
)


def attendance_table(report: AttendanceReport, *, person_name: str | None = None) -> Table:
    """`person_name`: of the one who was asked for."""
    question = report.question
    about = [f"{_day(question.first)} to {_day(question.last)}, days in {question.zone}"]
    about += [f"Group: {question.group}"] if question.group is not None else []
    about += [f"Person: {person_name}"] if person_name is not None else []
    return Table(
        name=f"attendance-by-{question.by}-{question.first}-{question.last}",
        title=TITLES[question.by],
        about=about,
        columns=[*_who_and_when(report), *_counts(report)],
        notes=[RATE_NOTE, *nameless_notes(report)],
        has_totals=True,
    )


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def nameless_notes(report: AttendanceReport) -> list[str]:
    """What the totals hold of people who were erased since."""
    count = report.nameless.total
    if not count:
        return []
    where = "in the totals, and in no row" if report.question.by == "person" else "in the rows and in the totals"
    whose = "attendance is" if count == 1 else "attendances are"
    return [f"{count} {whose} of people who were erased since: {where}."]


def _who_and_when(report: AttendanceReport) -> list[Column]:
    rows, zone = report.rows, report.question.zone
    match report.question.by:
        case "person":
            return [
                TextColumn(heading="Name", values=[row.name for row in rows], total="All"),
                TextColumn(heading="User id", values=[row.user_id or "" for row in rows]),
                CountColumn(heading="Sessions", values=[row.sessions for row in rows]),
            ]
        case "group":
            return [
                TextColumn(heading="Group", values=[row.name for row in rows], total="All"),
                CountColumn(heading="Sessions", values=[row.sessions for row in rows], total=report.sessions),
            ]
        case "session":
            return [
                TextColumn(heading="Session", values=[row.name for row in rows], total="All"),
                TextColumn(heading="Room", values=[row.room or "" for row in rows]),
                MomentColumn(
                    heading="Starts",
                    values=[
                        row.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
                        for row in rows
                        if row.starts_at is not None
                    ],
                ),
            ]
        case "day":
            return [
                DayColumn(heading="Day", values=[row.day for row in rows if row.day is not None]),
                CountColumn(heading="Sessions", values=[row.sessions for row in rows], total=report.sessions),
            ]


def _counts(report: AttendanceReport) -> Sequence[Column]:
    def of(heading: str, count: str) -> CountColumn:
        return CountColumn(
            heading=heading,
            values=[getattr(row.counts, count) for row in report.rows],
            total=getattr(report.totals, count),
        )

    return [
        *(of(name.capitalize(), name) for name in AttendanceCounts.__struct_fields__),
        ShareColumn(heading="Rate", values=[_rate(row) for row in report.rows], total=report.totals.rate),
    ]


def _rate(row: ReportRow) -> float | None:
    return row.counts.rate
