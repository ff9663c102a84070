"""A page of events in one transaction: its fence, what each read model makes of it, what of it is parked, and its end.

The tables are those that the connection's search path finds: the live ones, or those of a rebuild beside them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import LiteralString

import psycopg
from eventsourcing.persistence import PersistenceError
from psycopg import Connection, Cursor
from psycopg.abc import Params, QueryNoTemplate
from psycopg.rows import TupleRow

from adapters.event_store.binary_arrays import texts
from adapters.event_store.key_file import KeysUnavailable
from adapters.event_store.page_source import PageSource, Row
from adapters.event_store.read_model import ReadModel
from adapters.event_store.topics import Topics

MOVED_CHANNEL: LiteralString = "projection_moved"
# Nothing is wrong with an event when these happen: they are tried again, not parked.
NOT_THE_EVENT = (psycopg.OperationalError, psycopg.InterfaceError, PersistenceError, KeysUnavailable)
_log = logging.getLogger(__name__)
_BEHIND_ANOTHER = "an earlier event of its stream is parked"
# The positions are held until the commit, and no page is taken twice; listeners hear of it with the commit.
_MOVE: LiteralString = (
    "WITH moved AS (UPDATE projection SET position = %s, updated_at = clock_timestamp()"
    " WHERE name = ANY(%b::text[]) AND position = %s RETURNING name)"
    " SELECT name, EXISTS (SELECT FROM projection_dead_letter AS d WHERE d.name = moved.name),"
    " CASE WHEN %s THEN pg_notify(%s, %s) END FROM moved"
)
_PARK: LiteralString = (
    "INSERT INTO projection_dead_letter (name, position, stream, error) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (name, position) DO UPDATE SET attempts = projection_dead_letter.attempts + 1, error = excluded.error"
)
_NO_END = 2**63 - 1


class Overtaken(Exception):
    """A position is not where this process left it: an operator's doing, or another leader's."""


class PageCursor(Cursor[TupleRow]):
    """Whose `execute` answers a cursor of its own: in a pipeline, results that nobody asked for would come first."""

    def execute(  # type: ignore[override]  # the library overloads it for templates, which no read model uses
        self,
        query: QueryNoTemplate,
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Cursor[TupleRow]:
        return self.connection.cursor().execute(query, params, prepare=prepare, binary=binary)


class PageRunner:
    """Owned by one thread, on its connection. `moved` is told every new position once it is committed."""

    def __init__(
        self,
        connection: Connection[TupleRow],
        models: Sequence[ReadModel],
        source: PageSource,
        topics: Topics,
        *,
        page: int,
        moved: Callable[[Mapping[str, int]], None],
        announce: bool = True,
    ) -> None:
        self.positions: dict[str, int] = {}
        self._connection = connection
        self._models = models
        self._source = source
        self._page = page
        self._moved = moved
        self._announce = announce
        self._topics_of: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._topics = {model.name: topics.stored_as(model.takes) for model in models}

    def begin(self) -> None:
        """Take up every read model where it was left."""
        names = [model.name for model in self._models]
        self._connection.execute(
            "INSERT INTO projection (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", (names,)
        )
        self.return_to_what_is_recorded()

    def return_to_what_is_recorded(self) -> None:
        rows = self._connection.execute("SELECT name, position FROM projection").fetchall()
        recorded: dict[str, int] = dict(rows)
        self.positions = {model.name: recorded[model.name] for model in self._models}
        self._moved(self.positions)

    def advance(self) -> bool:
        """One page for the read models that are farthest behind; whether there may be more. Raises Overtaken."""
        behind = min(self.positions.values())
        ahead = min((position for position in self.positions.values() if position > behind), default=None)
        group = [model for model in self._models if self.positions[model.name] == behind]
        rows = self._read(group, behind, ahead)
        full = len(rows) == self._page
        to = rows[-1][0] if rows and (full or ahead is None) else ahead
        if to is not None:
            self._take(group, behind, to, rows)
        return full or ahead is not None

    def _read(self, group: Sequence[ReadModel], after: int, through: int | None) -> Sequence[Row]:
        names = tuple(model.name for model in group)
        topics = self._topics_of.get(names)
        if topics is None:
            together = frozenset[str]().union(*(self._topics[name] for name in names))
            topics = self._topics_of[names] = tuple(sorted(together))
        end = _NO_END if through is None else through
        return self._source.read(topics, after, end, self._page)

    def _take(self, group: Sequence[ReadModel], after: int, to: int, rows: Sequence[Row]) -> None:
        """All of it; where that fails, each read model alone, then halves, until the poison event is alone."""
        try:
            self._move(group, after, to, rows)
        except (*NOT_THE_EVENT, Overtaken):
            raise
        except Exception as error:
            if len(group) > 1:
                for model in group:
                    self._take([model], after, to, rows)
            elif len(rows) > 1:
                half = len(rows) // 2
                self._take(group, after, rows[half - 1][0], rows[:half])
                self._take(group, rows[half - 1][0], to, rows[half:])
            else:
                _log.warning("%s cannot take event %d, parked: %s", group[0].name, rows[0][0], _kind(error))
                self._move(group, after, to, rows, poison=error)

    def _move(
        self,
        group: Sequence[ReadModel],
        after: int,
        to: int,
        rows: Sequence[Row],
        *,
        poison: Exception | None = None,
    ) -> None:
        names = [model.name for model in group]
        # What nobody waits for is sent together: a round trip for each statement would be most of the time.
        with self._connection.transaction(), self._connection.pipeline():
            cursor = PageCursor(self._connection)
            has_parked = self._fence(cursor, names, after, to)
            for model in group:
                topics = self._topics[model.name]
                mine = [row for row in rows if row[3] in topics]
                if poison is not None:
                    _park(cursor, model.name, mine, _kind(poison))
                elif mine:
                    self._apply(cursor, model, mine, has_parked=has_parked[model.name])
        self.positions.update(dict.fromkeys(names, to))
        self._moved(dict.fromkeys(names, to))

    def _fence(self, cursor: Cursor[TupleRow], names: Sequence[str], after: int, to: int) -> dict[str, bool]:
        """Whether each read model has parked events. Raises Overtaken."""
        announced = f"{to}:{','.join(names)}"
        moved = cursor.execute(_MOVE, (to, texts(names), after, self._announce, MOVED_CHANNEL, announced), prepare=True)
        has_parked: dict[str, bool] = {name: parked for name, parked, _ in moved.fetchall()}
        if len(has_parked) != len(names):
            raise Overtaken(f"{', '.join(names)} should be at {after}")
        return has_parked

    def _apply(self, cursor: Cursor[TupleRow], model: ReadModel, rows: Sequence[Row], *, has_parked: bool) -> None:
        if has_parked:
            streams = _parked_streams(cursor, model.name, rows)
            _park(cursor, model.name, [row for row in rows if row[1] in streams], _BEHIND_ANOTHER)
            rows = [row for row in rows if row[1] not in streams]
        if rows:
            model.apply(cursor, self._source.decode(model, rows))


def _kind(error: Exception) -> str:
    """Never its message: a violated constraint quotes the row, and a name must not outlive its person here."""
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    return type(error).__name__ + (f" ({state})" if state else "")


def _park(cursor: Cursor[TupleRow], name: str, rows: Sequence[Row], error: str) -> None:
    cursor.executemany(_PARK, [(name, position, stream, error) for position, stream, *_ in rows])


def _parked_streams(cursor: Cursor[TupleRow], name: str, rows: Sequence[Row]) -> set[object]:
    streams = list({stream for _, stream, *_ in rows})
    parked = cursor.execute(
        "SELECT DISTINCT stream FROM projection_dead_letter WHERE name = %s AND stream = ANY(%s)", (name, streams)
    )
    return {stream for (stream,) in parked.fetchall()}
