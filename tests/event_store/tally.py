"""A read model that counts, for the tests of what runs read models; and a way to record what it counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projections import Projector
from adapters.event_store.read_model import Projected, ReadModel
from adapters.event_store.recorder import PostgresRecorder
from adapters.event_store.topics import Event
from domain.check_in import Completed, Expired


class Tally:
    """Counts events by stream; refuses the position in `poison`. `begun` is set with its first page."""

    personal = False

    def __init__(
        self, name: str = "tally", takes: tuple[type[Event], ...] = (Expired, Completed), *, page_s: float = 0.0
    ) -> None:
        self.name = name
        self.takes = takes
        self.tables = (name,)
        self.poison: set[int] = set()
        self.pages = 0
        self.begun = threading.Event()
        self._page_s = page_s

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        self.pages += 1
        self.begun.set()
        time.sleep(self._page_s)
        for one in page:
            cursor.execute(
                SQL(
                    "INSERT INTO {} AS kept (stream, times) VALUES (%s, 1)"
                    " ON CONFLICT (stream) DO UPDATE SET times = kept.times + 1"
                ).format(Identifier(self.name)),
                (one.stream,),
            )
            if one.position in self.poison:
                raise ValueError(f"cannot take {one.position}")


def make_tables(dsn: str, *names: str) -> None:
    with connect(dsn, name="test") as connection:
        for name in names:
            statement = SQL("CREATE TABLE {} (stream uuid PRIMARY KEY, times int NOT NULL) WITH (fillfactor = 70)")
            connection.execute(statement.format(Identifier(name)))


@contextmanager
def running(dsn: str, key_file: Path, *models: ReadModel, page: int = 500, poll_s: float = 1.0) -> Iterator[Projector]:
    keys = KeyRing(dsn, key_file)
    with keys, Projector(dsn, models, SealingMapper(keys), keys, page=page, poll_s=poll_s) as projector:
        yield projector


def record(recorder: PostgresRecorder, stream: UUID, first: int = 1, times: int = 1, topic: str = "expired") -> int:
    state = b'{"at":"2026-11-22T08:30:00Z"}'
    events = [StoredEvent(stream, version, f"checkin.{topic}.v1", state) for version in range(first, first + times)]
    return recorder.insert_events(events)[-1]


def tally(dsn: str, name: str = "tally") -> dict[UUID, int]:
    with connect(dsn, name="test") as connection:
        return dict(connection.execute(SQL("SELECT stream, times FROM {}").format(Identifier(name))).fetchall())
