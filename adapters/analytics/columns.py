"""Reads spans of the event table as columns: PostgreSQL gathers each topic's, so that Python sees no single row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

SPAN = 50_000
Integers = NDArray[np.int64]
# Positions after the first, up to and with the second.
Span = tuple[int, int]
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_EPOCH_US = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_COLUMNS = """
SELECT topic, string_agg(int8send(notification_id), ''), string_agg(timestamptz_send(recorded_at), ''),
       string_agg(uuid_send(originator_id), ''), string_agg(int8send(originator_version), ''),
       string_agg(int8send(octet_length(state)), ''), string_agg(state, '')
FROM (
    SELECT * FROM event WHERE notification_id > %s AND notification_id <= %s AND recorded_at <= %s
    ORDER BY notification_id
) AS one
GROUP BY topic ORDER BY topic
"""


class TopicColumns(msgspec.Struct, frozen=True):
    """The events of one topic in a span. `recorded_us`: microseconds since 1970, UTC. `streams`: 16 bytes each.

    `states`: all of them on end; the one number i is from `ends[i]` to `ends[i + 1]`.
    """

    topic: str
    positions: Integers
    recorded_us: Integers
    streams: bytes
    versions: Integers
    ends: Integers
    states: bytes

    def each_state(self) -> Iterator[bytes]:
        begin = 0
        for end in self.ends[1:].tolist():
            yield self.states[begin:end]
            begin = end


def spans(after: int, to: int, size: int = SPAN) -> Iterator[Span]:
    for begin in range(after, to, size):
        yield begin, min(begin + size, to)


def read_columns(connection: Connection[TupleRow], span: Span, *, as_of: datetime | None = None) -> list[TopicColumns]:
    """With `as_of`, what was recorded by then."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_COLUMNS, (*span, as_of or _NEVER))
        return [_columns(*row) for row in cursor]


def _columns(topic: str, *sent: Any) -> TopicColumns:  # Any: the row's bytes, one column each
    positions, recorded, streams, versions, lengths, states = sent
    ends = np.concatenate([[0], np.cumsum(_integers(lengths))])
    return TopicColumns(
        topic=topic,
        positions=_integers(positions),
        recorded_us=_integers(recorded) + _EPOCH_US,
        streams=streams,
        versions=_integers(versions),
        ends=ends,
        states=states,
    )


def _integers(sent: bytes) -> Integers:
    return np.frombuffer(sent, ">i8").astype(np.int64)
