"""One person's attendance, session by session, from the view that decides every sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.database import Database
from adapters.read_models.places import places_of
from application.ports import AttendedSession, CheckInOutside

_OF_PERSON = """
SELECT s.id, s.title, s.room, s.zone, s.starts_at, s.ends_at, a.status, a.moment, a.corrected
FROM attendance AS a JOIN session AS s ON s.id = a.session
WHERE a.person = %s AND s.starts_at < %s
ORDER BY s.starts_at DESC, s.id LIMIT %s
"""
_OUTSIDE = """
SELECT i.id, i.moment, i.station_id
FROM attendance_check_in AS i
WHERE i.person = %s AND i.moment < %s AND NOT EXISTS (
    SELECT FROM attendance_roster AS r JOIN attendance_session AS s ON s.id = r.session
    WHERE r.person = i.person AND s.state <> 'cancelled'
      AND i.moment >= s.opens_at AND i.moment < s.ends_at AND i.station_id = ANY (s.stations)
)
ORDER BY i.moment DESC, i.id LIMIT %s
"""


class PostgresAttendanceHistory:
    """Implements application.ports.AttendanceHistory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_person(self, person: UUID, *, before: datetime, limit: int) -> Sequence[AttendedSession]:
        return [
            AttendedSession(
                session_id=id,
                title=title,
                room=room,
                zone=zone,
                starts_at=starts_at,
                ends_at=ends_at,
                status=status,
                moment=moment,
                corrected=corrected,
            )
            for id, title, room, zone, starts_at, ends_at, status, moment, corrected in await self._database.fetch(
                _OF_PERSON, (person, before, limit)
            )
        ]

    async def outside(self, person: UUID, *, before: datetime, limit: int) -> Sequence[CheckInOutside]:
        rows = await self._database.fetch(_OUTSIDE, (person, before, limit))
        places = await places_of({station for _, _, station in rows}, self._database.fetch)
        return [CheckInOutside(checkin_id=id, moment=moment, place=places.get(station)) for id, moment, station in rows]
