"""How a report is drawn: people and groups as rows, sessions and days as columns in order of time."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from adapters.web.charts.columns import Column, Part, columns
from adapters.web.charts.rows import Row, rows
from application.ports import AttendanceCounts, AttendanceReport, ReportRow

STATUSES = AttendanceCounts.__struct_fields__
CHARTED = 25
"""So many rows are drawn at most: those with the lowest rates."""


def chart_of(report: AttendanceReport) -> Markup:
    if report.question.by in ("session", "day"):
        return columns(
            [Column(label=_label(row), parts=_parts(row)) for row in report.rows],
            title="Attendance in order of time: present, late, absent, excused and still expected",
            axis="People",
        )
    return rows(
        [
            Row(
                label=row.name,
                note=f"{row.counts.present + row.counts.late} of {row.counts.total}",
                parts=_parts(row),
            )
            for row in in_order(report)[:CHARTED]
        ],
        title="Attendance, lowest rate first: present, late, absent, excused and still expected",
    )


def in_order(report: AttendanceReport) -> Sequence[ReportRow]:
    """As the page draws and lists them: people and groups by their rate, those without one last; else as time went."""
    if report.question.by in ("session", "day"):
        return report.rows

    def rate(row: ReportRow) -> tuple[bool, float]:
        return row.counts.rate is None, row.counts.rate or 0.0

    return sorted(report.rows, key=rate)


def _label(row: ReportRow) -> str:
    return f"{row.day.day} {row.day:%b}" if row.day is not None else row.name


def _parts(row: ReportRow) -> list[Part]:
    return [
        Part(status, count, f"{row.name}: {count} {status}")
        for status in STATUSES
        if (count := getattr(row.counts, status))
    ]
