"""Where pages of events come from: read and decoded when they are asked for, or one ahead in a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, LiteralString, Protocol
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.cycle_collection import without_cycle_collection
from adapters.database import connect
from adapters.event_store.binary_arrays import PackedArray, texts
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.read_model import Projected, ReadModel

# The state only of what is taken. The revision of the keys comes with it: whoever was erased before this read is read
# as erased.
_PAGE: LiteralString = (
    "SELECT notification_id, originator_id, originator_version, topic,"
    " CASE WHEN topic = ANY(%b::text[]) THEN state END, (SELECT revision FROM key_ring)"
    " FROM event WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s"
)
Row = tuple[int, UUID, int, str, Any, int]
"""Position, stream, version, topic, state, revision. `Any`: bytes, or nothing where the topic is not taken."""


class PageSource(Protocol):
    def read(self, topics: tuple[str, ...], after: int, through: int, limit: int) -> Sequence[Row]: ...

    def decode(self, model: ReadModel, rows: Sequence[Row]) -> list[Projected]:
        """Some rows of the page that was read last, all of topics that the read model takes, as it sees them."""
        ...


class DirectSource:
    """On a connection of its caller's, in the caller's thread."""

    def __init__(self, connection: Connection[TupleRow], mapper: SealingMapper, keys: KeyRing) -> None:
        self._cursor = connection.cursor(binary=True)
        self._mapper = mapper
        self._keys = keys

    def read(self, topics: tuple[str, ...], after: int, through: int, limit: int) -> Sequence[Row]:
        return self._cursor.execute(_PAGE, (_packed(topics), after, through, limit), prepare=True).fetchall()

    def decode(self, model: ReadModel, rows: Sequence[Row]) -> list[Projected]:
        page = [(topic, state) for _, _, _, topic, state, _ in rows]
        if model.personal:
            self._keys.observe(max(row[5] for row in rows))
            events = self._mapper.open(page)
        else:
            events = self._mapper.open_anonymous(page)
        return [Projected(row[0], row[1], event) for row, event in zip(rows, events, strict=True)]


@cache
def _packed(topics: tuple[str, ...]) -> PackedArray:
    return texts(topics)


Ahead = tuple[Sequence[Row], dict[int, Projected]]


class ReadingAhead:
    """For one read model that is rebuilt: while a page is projected, the next is read and decoded in another thread.

    Whoever is erased in between leaves an event that comes later. A page that does not decode is left to its caller.
    """

    def __init__(self, direct: DirectSource, executor: ThreadPoolExecutor, model: ReadModel) -> None:
        self._direct = direct
        self._executor = executor
        self._model = model
        self._takes: frozenset[str] = frozenset()
        self._decoded: dict[int, Projected] = {}
        self._next: tuple[tuple[object, ...], Future[Ahead]] | None = None

    def read(self, topics: tuple[str, ...], after: int, through: int, limit: int) -> Sequence[Row]:
        self._takes = frozenset(topics)
        asked = (topics, after, through, limit)
        ready, self._next = self._next, None
        rows: Sequence[Row] = ()
        if ready is not None and ready[0] == asked:
            rows, self._decoded = ready[1].result()
        if len(rows) < limit:  # there may be more by now
            rows, self._decoded = self._executor.submit(self._prepare, *asked).result()
        if len(rows) == limit:
            after = rows[-1][0]
            self._next = (
                (topics, after, through, limit),
                self._executor.submit(self._prepare, topics, after, through, limit),
            )
        return rows

    def decode(self, model: ReadModel, rows: Sequence[Row]) -> list[Projected]:
        decoded = self._decoded
        if any(row[0] not in decoded for row in rows):
            return self._executor.submit(self._direct.decode, model, rows).result()
        return [decoded[row[0]] for row in rows]

    def _prepare(self, topics: tuple[str, ...], after: int, through: int, limit: int) -> Ahead:
        rows = self._direct.read(topics, after, through, limit)
        taken = [row for row in rows if row[3] in self._takes]
        try:
            decoded = self._direct.decode(self._model, taken) if taken else []
        except Exception:
            decoded = []  # the caller meets it again, event by event
        return rows, {one.position: one for one in decoded}


@contextmanager
def reading_ahead(dsn: str, model: ReadModel, mapper: SealingMapper, keys: KeyRing) -> Iterator[ReadingAhead]:
    with (
        connect(dsn, name="projections read ahead") as connection,
        ThreadPoolExecutor(1, "projections read ahead") as executor,
        without_cycle_collection(),
    ):
        yield ReadingAhead(DirectSource(connection, mapper, keys), executor, model)
