"""Events as they are recorded: in order, each once, across lost connections, without anything sealed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.analytics.public_form import Shown, decoders, show
from adapters.analytics.reading import Page, head, read_page
from adapters.database import connect
from adapters.event_store.recorder import RECORDED_CHANNEL
from adapters.event_store.topics import TOPICS, Topics, TopicUnknown

PAGE = 1000
_LONGEST_PAUSE_S = 5.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tail:
    """Iterate to follow. `position` is that of the last event given out; from there a new tail goes on."""

    def __init__(self, dsn: str, *, since: int | None = None, poll_s: float = 2.0, topics: Topics = TOPICS) -> None:
        """`since`: give what follows this position; from now on where it is None."""
        self.position = since
        self.reconnects = 0
        self._dsn = dsn
        self._poll_s = poll_s
        self._decoders = decoders(topics)

    def __iter__(self) -> Iterator[Shown]:
        """Never ends. Raises TopicUnknown where this program is older than an event."""
        pause_s = 0.05
        while True:
            try:
                with connect(self._dsn, name="tail") as connection:
                    for shown in self._follow(connection):
                        pause_s = 0.05
                        yield shown
            except (psycopg.OperationalError, psycopg.InterfaceError):
                self.reconnects += 1
                time.sleep(pause_s * (1 + random.random()))
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _follow(self, connection: Connection[TupleRow]) -> Iterator[Shown]:
        # Listening first: what is recorded while we read wakes us. Polling besides: a lost wake-up costs no event.
        connection.execute(f"LISTEN {RECORDED_CHANNEL}")
        if self.position is None:
            self.position = head(connection)
        while True:
            end = head(connection)
            while self.position < end:
                page = read_page(connection, after=self.position, to=end, size=PAGE)
                for place in range(len(page)):
                    shown = self._show(page, place)
                    self.position = shown.position
                    yield shown
                if not len(page):
                    break
            for _ in connection.notifies(timeout=self._poll_s, stop_after=1):
                pass

    def _show(self, page: Page, place: int) -> Shown:
        topic = page.topics[place]
        if topic not in self._decoders:
            raise TopicUnknown(f"{topic} is neither current nor upcast")
        event, decode = self._decoders[topic]
        recorded_at = _EPOCH + timedelta(microseconds=page.recorded_us[place])
        stream = UUID(bytes=page.streams[place])
        at = (page.positions[place], recorded_at, stream, page.versions[place], topic)
        return show(event, decode(page.states[place]), at)
