"""Who was there, as the view `attendance` decides it; a test plays it against the rules of domain.attendance."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.read_models.attendance import SETTLED
from application.ports import AttendanceSheet
from domain.attendance import Attendance

_SHEETS = """
SELECT s.id, s.reported, s.erased_present, s.erased_late, s.erased_absent, s.erased_excused,
       a.person, a.status, a.check_in, a.moment, a.check_ins, a.corrected
FROM attendance_window AS s LEFT JOIN attendance AS a ON a.session = s.id
WHERE s.id = ANY (%s) AND s.state <> 'cancelled'
ORDER BY s.id, a.person
"""
# What is closed is looked at again only where somebody on its roster gained or lost check-ins that are new.
_UNSETTLED = """
WITH since AS (SELECT through FROM attendance_settling)
SELECT (SELECT position FROM projection WHERE name = 'attendance'),
       ARRAY(SELECT id FROM attendance_window WHERE state IN ('scheduled', 'open') AND reported
             UNION
             SELECT s.id
             FROM attendance_check_in AS i
             JOIN attendance_roster AS r ON r.person = ANY (i.former || i.person)
             JOIN attendance_session AS s ON s.id = r.session
             WHERE (i.person IS NOT NULL OR i.former <> '{}') AND i.position > (SELECT through FROM since)
               AND s.state = 'closed' AND i.moment >= s.opens_at AND i.moment < s.ends_at
               AND i.station_id = ANY (s.stations))
"""
_SETTLED = "UPDATE attendance_settling SET through = greatest(through, %s)"


class PostgresAttendance:
    """Implements application.ports.AttendanceBook."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sheet(self, session: UUID) -> AttendanceSheet | None:
        return (await self.sheets([session])).get(session)

    async def sheets(self, sessions: Sequence[UUID]) -> dict[UUID, AttendanceSheet]:
        by_session: dict[UUID, list[TupleRow]] = {}
        for row in await self._database.fetch(_SHEETS, (list(sessions),)):
            by_session.setdefault(row[0], []).append(row)
        return {id: _sheet(found) for id, found in by_session.items()}

    async def unsettled(self) -> tuple[Sequence[UUID], int]:
        rows = await self._database.fetch(_UNSETTLED)
        position, sessions = rows[0]
        return sessions, position or 0

    async def settled(self, through: int) -> None:
        await self._database.fetch(_SETTLED, (through,))


def _sheet(rows: Sequence[TupleRow]) -> AttendanceSheet:
    _, reported, *erased = rows[0][:6]
    attendance = [
        Attendance(person=person, status=status, check_in=check_in, moment=moment, check_ins=count, corrected=corrected)
        for *_, person, status, check_in, moment, count, corrected in rows
        if person is not None
    ]
    counted = {status: count for status, count in zip(SETTLED, erased, strict=True) if count}
    return AttendanceSheet(rows=attendance, reported=reported, erased=counted)
