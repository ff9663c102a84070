"""How each station last said it is: one row for a station, written over at every heartbeat."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from adapters.database import Database
from application.ports import StationHealth

# A heartbeat that was overtaken by a later one changes nothing.
_KEEP = """
INSERT INTO station_health
    (station, at, software, queue_items, queue_bytes, dead_letters, camera, clock_offset_ms, uptime_s,
     delivered_through)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (station) DO UPDATE SET
    at = excluded.at, software = excluded.software, queue_items = excluded.queue_items,
    queue_bytes = excluded.queue_bytes, dead_letters = excluded.dead_letters, camera = excluded.camera,
    clock_offset_ms = excluded.clock_offset_ms, uptime_s = excluded.uptime_s,
    delivered_through = excluded.delivered_through
WHERE station_health.at <= excluded.at
"""
_LATEST = """
SELECT station, at, software, queue_items, queue_bytes, dead_letters, camera, clock_offset_ms, uptime_s,
       delivered_through
FROM station_health
"""
_FIELDS = StationHealth.__struct_fields__


class PostgresStationHealths:
    """Implements application.ports.StationHealths. No projection: what it keeps is in no event."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, station: UUID, health: StationHealth) -> None:
        await self._database.fetch(_KEEP, (station, *msgspec.structs.astuple(health)))

    async def latest(self) -> Mapping[UUID, StationHealth]:
        rows = await self._database.fetch(_LATEST)
        return {station: StationHealth(**dict(zip(_FIELDS, values, strict=True))) for station, *values in rows}
