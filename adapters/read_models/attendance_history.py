"""One person's attendance, session by session, from the view that decides every sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.database import Database
from application.ports import AttendedSession

_OF_PERSON = """
SELECT s.id, s.title, s.room, s.zone, s.starts_at, s.ends_at, a.status, a.moment, a.corrected
FROM attendance AS a JOIN session AS s ON s.id = a.session
WHERE a.person = %s AND s.starts_at < %s
ORDER BY s.starts_at DESC, s.id LIMIT %s
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
