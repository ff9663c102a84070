"""What an operator asks of the projections: how far they are, who leads, another try for what was parked."""

from __future__ import annotations

from uuid import UUID

import msgspec

from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.page_source import DirectSource, Row
from adapters.event_store.read_model import ReadModel

_STATUS = """
SELECT p.name, p.position,
       (SELECT count(*) FROM event e WHERE e.notification_id > p.position),
       coalesce((SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)::float8 FROM event e
                 WHERE e.notification_id > p.position ORDER BY e.notification_id LIMIT 1), 0),
       (SELECT count(*) FROM projection_dead_letter d WHERE d.name = p.name)
FROM projection p ORDER BY p.name
"""
# A session lock on one number is shown as its two halves.
_LEADER = """
SELECT l.pid, a.backend_start FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = hashtext(%s)::bigint
"""
_PARKED_STREAMS = """
SELECT d.stream, count(*), min(d.position), (array_agg(d.error ORDER BY d.position))[1]
FROM projection_dead_letter d WHERE d.name = %s GROUP BY d.stream ORDER BY min(d.position)
"""
_PARKED = """
SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, (SELECT revision FROM key_ring)
FROM projection_dead_letter d JOIN event e ON e.notification_id = d.position
WHERE d.name = %s AND d.stream = %s ORDER BY e.notification_id
"""
# The row that the leader holds while it projects: no page passes while we work.
_HOLD = "SELECT FROM projection WHERE name = %s FOR UPDATE"


class ProjectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds_behind`: how long the first event that was not projected has waited. `parked`: events that failed."""

    name: str
    position: int
    events_behind: int
    seconds_behind: float
    parked: int


class ProjectionsStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`leader`: the database's process id of the connection that projects; None where nobody does."""

    leader: int | None
    projections: tuple[ProjectionStatus, ...]


class ParkedStream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream whose event at `position` failed with `error`; the others of `events` wait behind it."""

    stream: UUID
    events: int
    position: int
    error: str


def status(dsn: str, *, leader_of: str = "projections") -> ProjectionsStatus:
    """`leader_of`: the name of the projector."""
    with connect(dsn, name="projections status") as connection:
        rows = connection.execute(_STATUS).fetchall()
        leaders = connection.execute(_LEADER, (leader_of,)).fetchall()
    return ProjectionsStatus(
        leader=leaders[0][0] if leaders else None,
        projections=tuple(
            ProjectionStatus(name=name, position=position, events_behind=events, seconds_behind=seconds, parked=parked)
            for name, position, events, seconds, parked in rows
        ),
    )


def parked(dsn: str, model: ReadModel) -> list[ParkedStream]:
    """In the order in which they failed."""
    with connect(dsn, name="projections status") as connection:
        rows = connection.execute(_PARKED_STREAMS, (model.name,)).fetchall()
    return [
        ParkedStream(stream=stream, events=events, position=position, error=error)
        for stream, events, position, error in rows
    ]


def retry(dsn: str, model: ReadModel, stream: UUID, mapper: SealingMapper, keys: KeyRing) -> int:
    """Project the parked events of one stream in order, all or none; answers how many. Raises what they raise."""
    with connect(dsn, name="projections retry") as connection, connection.transaction():
        with connection.cursor(binary=True) as cursor:
            cursor.execute(_HOLD, (model.name,))
            rows: list[Row] = cursor.execute(_PARKED, (model.name, stream)).fetchall()
        if rows:
            with connection.cursor() as cursor:
                model.apply(cursor, DirectSource(connection, mapper, keys).decode(model, rows))
                cursor.execute(
                    "DELETE FROM projection_dead_letter WHERE name = %s AND stream = %s", (model.name, stream)
                )
    return len(rows)
