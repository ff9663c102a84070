"""What holds now, as the read models have it: what a watcher begins with who has no position to resume after."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import LiteralString
from uuid import UUID

import msgspec
from psycopg.rows import TupleRow

from adapters.live.changes import SHOWING, Fetch
from adapters.live.frames import Framed
from adapters.live.memory import Memory
from adapters.live.messages import CheckIn, OwnCheckIn, OwnSnapshot, StaffSnapshot, StationThrough, own_check_in
from adapters.live.surroundings import Asked, surroundings
from adapters.read_models.places import places_of
from application.ports import Clock

MOST_SHOWN = 200
_DAY = timedelta(days=1)
# One statement sees one state of the database: nothing that it shows is older than its position.
_CHECK_INS: LiteralString = """
SELECT now.position, c.position, c.id, c.station_id, c.status, coalesce(i.moment, c.started_at), c.started_at,
       c.decided_at, c.refusal_code, c.confidence, i.person
FROM (SELECT coalesce(min(position), 0) AS position FROM projection WHERE name = ANY(%b::text[])) AS now
"""
_LATEST: LiteralString = """
LEFT JOIN (SELECT * FROM check_in_status ORDER BY position DESC LIMIT %s) AS c ON c.started_at >= %s
LEFT JOIN attendance_check_in AS i ON i.id = c.id
"""
_OF_PERSON: LiteralString = """
LEFT JOIN (attendance_check_in AS i JOIN check_in_status AS c ON c.id = i.id) ON i.person = %s AND i.moment >= %s
ORDER BY c.position DESC LIMIT %s
"""
_STATIONS = "SELECT id, through FROM attendance_station ORDER BY id"


class Snapshots:
    """Owned by one event loop. Staff all see the same, so that one is kept for those who come at once."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._making = asyncio.Lock()
        self._kept: Framed | None = None
        self._forgotten = 0

    def forget(self) -> None:
        """Somebody was erased who may be in the one that is kept, or is being made."""
        self._kept = None
        self._forgotten += 1

    async def staff(self, position: int) -> Framed:
        """The latest check-ins of the last day, and what each station has reported; at `position` or later."""
        async with self._making:
            kept = self._kept
            if kept is None or kept.position < position:
                forgotten = self._forgotten
                kept = Framed(await self._staff())
                self._kept = kept if forgotten == self._forgotten else None
            return kept

    async def own(self, person: UUID, memory: Memory) -> Framed:
        """Their check-ins of the last day, and those that claim to be theirs as far as they are remembered."""
        parameters = (SHOWING, person, self._since(), MOST_SHOWN)
        rows = await self._fetch(_CHECK_INS + _OF_PERSON, parameters)
        position = rows[0][0]
        found = {one.checkin_id: own_check_in(one) for one in await _check_ins(rows, self._fetch)}
        for one in memory.check_ins_of(person, through=position):
            found.setdefault(one.checkin_id, one)
        return Framed(OwnSnapshot(position=position, checkins=tuple(sorted(found.values(), key=_position))))

    async def _staff(self) -> StaffSnapshot:
        rows = await self._fetch(_CHECK_INS + _LATEST, (SHOWING, MOST_SHOWN, self._since()))
        position = rows[0][0]
        stations = [
            StationThrough(position=position, station_id=id, through=through.astimezone(UTC))
            for id, through in await self._fetch(_STATIONS)
        ]
        checkins = sorted(await _check_ins(rows, self._fetch), key=_position)
        return StaffSnapshot(position=position, checkins=tuple(checkins), stations=tuple(stations))

    def _since(self) -> datetime:
        return self._clock.now() - _DAY


def _position(check_in: CheckIn | OwnCheckIn) -> int:
    return check_in.position


async def _check_ins(rows: Sequence[TupleRow], fetch: Fetch) -> list[CheckIn]:
    """Of the rows that hold one: where there is no check-in, the position comes alone."""
    doors = await places_of({row[3] for row in rows if row[2] is not None}, fetch)
    found = [_check_in(row, doors.get(row[3])) for row in rows if row[2] is not None]
    people: list[UUID | None] = [row[10] for row in rows if row[2] is not None]
    known = [(one, person) for one, person in zip(found, people, strict=True) if person is not None]
    asked = [Asked(person=person, station=one.station_id, moment=one.moment) for one, person in known]
    shown = dict(zip((one.checkin_id for one, _ in known), await surroundings(asked, fetch), strict=True))
    return [
        one
        if (around := shown.get(one.checkin_id)) is None
        else msgspec.structs.replace(one, person=around.who, attendance=around.attendance)
        for one in found
    ]


def _check_in(row: TupleRow, place: str | None) -> CheckIn:
    _, position, id, station_id, status, moment, started_at, decided_at, refusal_code, confidence, _ = row
    return CheckIn(
        position=position,
        checkin_id=id,
        station_id=station_id,
        place=place,
        status=status,
        moment=moment.astimezone(UTC),
        started_at=started_at.astimezone(UTC),
        decided_at=None if decided_at is None else decided_at.astimezone(UTC),
        refusal_code=refusal_code,
        confidence=confidence,
        person=None,
    )
