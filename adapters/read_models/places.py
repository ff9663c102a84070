"""Where a station stands, as people call the place: its room, or its own name where it has none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import LiteralString
from uuid import UUID

from psycopg.rows import TupleRow

from adapters.event_store.binary_arrays import uuids

Fetch = Callable[[LiteralString, Sequence[object]], Awaitable[list[TupleRow]]]

_PLACES = """
SELECT id, coalesce(nullif(room, ''), name) FROM station WHERE id = ANY (%b::uuid[])
UNION ALL
SELECT subject, name FROM access_token WHERE subject = ANY (%b::uuid[]) AND role = 'station'
"""


async def places_of(stations: Collection[UUID], fetch: Fetch) -> dict[UUID, str]:
    """By station, those that are known: paired ones, and those that hold a token."""
    if not stations:
        return {}
    asked = uuids(stations)
    return {id: place for id, place in await fetch(_PLACES, (asked, asked)) if place}
