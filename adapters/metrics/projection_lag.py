"""How far every read model is behind the record, read from the database when it is asked for."""

from __future__ import annotations

import msgspec

from adapters.database import Database

# By the difference of positions, which needs no counting; gaps between positions are rare.
_LAG = """
SELECT p.name, greatest(0, (SELECT coalesce(max(notification_id), 0) FROM event) - p.position),
       coalesce((SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)::float8 FROM event e
                 WHERE e.notification_id > p.position ORDER BY e.notification_id LIMIT 1), 0),
       (SELECT count(*) FROM projection_dead_letter d WHERE d.name = p.name)
FROM projection p
"""


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds`: for how long the first event that it lacks has been recorded. `parked`: events that failed."""

    read_model: str
    positions: int
    seconds: float
    parked: int


async def projection_lags(database: Database) -> list[Lag]:
    rows = await database.fetch(_LAG)
    return [
        Lag(read_model=name, positions=positions, seconds=seconds, parked=parked)
        for name, positions, seconds, parked in rows
    ]
