"""Attendance over a term, summed from the view that decides every sheet, so that no sum can say something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from psycopg.rows import TupleRow

from adapters.database import Database
from application.ports import AttendanceCounts, AttendanceReport, ReportQuestion, ReportRow, total_of

# A sheet is there where the plan and the hours are, and it was not cancelled. Sessions and people come from one
# statement, so from one moment. A person who is no longer among the people is counted with the session alone.
_COUNTED = """
WITH asked (starts, ends, team, person) AS (VALUES (%s::timestamptz, %s::timestamptz, %s::text, %s::uuid)),
held AS (
    SELECT s.id, s.title, s.room, s.starts_at, coalesce(s.series, s.title) AS team,
           w.erased_present, w.erased_late, w.erased_absent, w.erased_excused
    FROM asked AS q
    JOIN session AS s ON s.starts_at >= q.starts AND s.starts_at < q.ends
    JOIN attendance_session AS w ON w.id = s.id AND w.state <> 'cancelled'
    WHERE (q.team IS NULL OR coalesce(s.series, s.title) = q.team)
      AND (q.person IS NULL
           OR EXISTS (SELECT FROM attendance_roster AS r WHERE r.session = s.id AND r.person = q.person))
),
counted AS (
    SELECT a.session, a.person,
           count(*) FILTER (WHERE a.status = 'present') AS present, count(*) FILTER (WHERE a.status = 'late') AS late,
           count(*) FILTER (WHERE a.status = 'absent') AS absent,
           count(*) FILTER (WHERE a.status = 'excused') AS excused,
           count(*) FILTER (WHERE a.status = 'expected') AS expected
    FROM asked AS q, held AS h JOIN attendance AS a ON a.session = h.id
    WHERE q.person IS NULL OR a.person = q.person
    GROUP BY GROUPING SETS ((a.session), (a.person))
)
SELECT 'session', h.id, h.title AS name, NULL AS user_id, h.room, h.starts_at, h.team,
       h.erased_present, h.erased_late, h.erased_absent, h.erased_excused,
       coalesce(c.present, 0), coalesce(c.late, 0), coalesce(c.absent, 0), coalesce(c.excused, 0),
       coalesce(c.expected, 0)
FROM held AS h LEFT JOIN counted AS c ON c.session = h.id
UNION ALL
SELECT 'person', p.id, p.name, p.user_id, NULL, NULL, NULL, 0, 0, 0, 0,
       c.present, c.late, c.absent, c.excused, c.expected
FROM counted AS c JOIN people AS p ON p.id = c.person
ORDER BY starts_at, room, name, user_id
"""
_GROUPS = "SELECT DISTINCT coalesce(series, title) AS team FROM session WHERE state <> 'cancelled' ORDER BY team"
NOBODY = AttendanceCounts()


class PostgresAttendanceReports:
    """Implements application.ports.AttendanceReports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, question: ReportQuestion) -> AttendanceReport:
        start, _ = day_bounds(question.first, question.zone)
        _, end = day_bounds(question.last, question.zone)
        rows = await self._database.fetch(_COUNTED, (start, end, question.group, question.person_id))
        return _report(
            question, [row[1:] for row in rows if row[0] == "session"], [row[1:] for row in rows if row[0] == "person"]
        )

    async def groups(self) -> Sequence[str]:
        return [name for (name,) in await self._database.fetch(_GROUPS)]


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """From one midnight to the next, as people of the zone count days; as far as there are years."""
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    if day == date.max:
        return midnight, datetime.combine(day, time.max, ZoneInfo(zone))
    return midnight, datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


def _report(
    question: ReportQuestion, by_session: Sequence[TupleRow], by_person: Sequence[TupleRow]
) -> AttendanceReport:
    sessions = [_session(row, question.zone) for row in by_session]
    nameless = NOBODY
    if question.person_id is None:
        erased = [_erased(row) for row in by_session]
        nameless = total_of(erased)
        sessions = [replace(row, counts=row.counts.plus(of_row)) for row, of_row in zip(sessions, erased, strict=True)]
    totals = total_of(row.counts for row in sessions)
    rows: Sequence[ReportRow] = sessions
    if question.by == "person":
        rows = [_person(row) for row in by_person]
        # Whoever is on a roster and not among the people any more is about to be erased: counted, and not named.
        nameless = totals.minus(total_of(row.counts for row in rows))
    elif question.by == "group":
        rows = _folded(sessions, lambda row: ReportRow(name=row.group or row.name, sessions=0, counts=NOBODY))
        rows = sorted(rows, key=lambda row: row.name)
    elif question.by == "day":
        rows = _folded(sessions, lambda row: ReportRow(name=str(row.day), day=row.day, sessions=0, counts=NOBODY))
    return AttendanceReport(question=question, rows=rows, totals=totals, nameless=nameless, sessions=len(sessions))


def _folded(sessions: Sequence[ReportRow], begin: Callable[[ReportRow], ReportRow]) -> list[ReportRow]:
    """One row for each name that `begin` gives, in the order in which they come first."""
    folded: dict[str, ReportRow] = {}
    for session in sessions:
        empty = begin(session)
        so_far = folded.get(empty.name, empty)
        folded[empty.name] = replace(so_far, sessions=so_far.sessions + 1, counts=so_far.counts.plus(session.counts))
    return list(folded.values())


def _session(row: TupleRow, zone: str) -> ReportRow:
    id, title, _, room, starts_at, group, *_ = row
    return ReportRow(
        name=title,
        sessions=1,
        counts=_counts(row),
        session_id=id,
        group=group,
        room=room,
        starts_at=starts_at,
        day=starts_at.astimezone(ZoneInfo(zone)).date(),
    )


def _person(row: TupleRow) -> ReportRow:
    person, name, user_id, *_ = row
    counts = _counts(row)
    return ReportRow(name=name, sessions=counts.total, counts=counts, person_id=person, user_id=user_id)


def _counts(row: TupleRow) -> AttendanceCounts:
    present, late, absent, excused, expected = row[-5:]
    return AttendanceCounts(present=present, late=late, absent=absent, excused=excused, expected=expected)


def _erased(row: TupleRow) -> AttendanceCounts:
    present, late, absent, excused = row[6:10]
    return AttendanceCounts(present=present, late=late, absent=absent, excused=excused)
