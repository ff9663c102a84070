"""Runs the read models: a page of events and the position after it in one transaction, in one process at a time."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Sequence
from types import TracebackType

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.page_source import DirectSource
from adapters.event_store.position_board import PositionBoard
from adapters.event_store.projection_pages import MOVED_CHANNEL, NOT_THE_EVENT, Overtaken, PageRunner
from adapters.event_store.read_model import ReadModel
from adapters.event_store.recorder import RECORDED_CHANNEL

_log = logging.getLogger(__name__)
_FOLLOW_S = 0.5
_LONGEST_PAUSE_S = 5.0


class Projector:
    """One daemon thread with one connection. One process leads, by a session lock; the others follow its moves.

    It listens before its first read, and polls every `poll_s` besides. An event that a read model cannot take is parked
    with all later ones of its stream; the other streams, and the other read models, go on.
    """

    def __init__(
        self,
        dsn: str,
        models: Sequence[ReadModel],
        mapper: SealingMapper,
        keys: KeyRing,
        *,
        name: str = "projections",
        page: int = 500,
        poll_s: float = 1.0,
    ) -> None:
        self.board = PositionBoard(model.name for model in models)
        self.leads = False
        self.reconnects = 0
        self._dsn = dsn
        self._models = models
        self._mapper = mapper
        self._keys = keys
        self._name = name
        self._page = page
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Return once the page in work is committed."""
        self._stop.set()
        if not self._thread.is_alive():
            return
        try:
            with connect(self._dsn, name="projections stop") as connection:
                connection.execute(f"NOTIFY {RECORDED_CHANNEL}")
                connection.execute(f"NOTIFY {MOVED_CHANNEL}")
        except psycopg.OperationalError:
            pass  # the database is gone, and the thread will notice by itself
        self._thread.join()

    def __enter__(self) -> Projector:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # The thread

    def _run(self) -> None:
        pause_s = 0.05
        while not self._stop.is_set():
            try:
                with connect(self._dsn, name=self._name) as connection:
                    if self._follow(connection):
                        self.leads = True
                        pause_s = 0.05
                        self._lead(connection)
                return
            except NOT_THE_EVENT as error:
                _log.warning("projections lost the database (%s), trying again", type(error).__name__)
            except Exception:
                _log.exception("projections failed, trying again")
            finally:
                self.leads = False
            self.reconnects += 1
            self._stop.wait(pause_s * (1 + random.random()))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _follow(self, connection: Connection[TupleRow]) -> bool:
        """Tell the board how far the leader is, until this process is the leader (True) or has to stop."""
        connection.execute(f"LISTEN {MOVED_CHANNEL}")
        while not self._stop.is_set():
            row = connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (self._name,)).fetchone()
            if row is not None and row[0]:
                connection.execute(f"UNLISTEN {MOVED_CHANNEL}")
                return True
            self.board.move(dict(connection.execute("SELECT name, position FROM projection").fetchall()))
            for moved in connection.notifies(timeout=_FOLLOW_S):
                if self._stop.is_set():
                    break
                if moved.payload:
                    position, _, names = moved.payload.partition(":")
                    self.board.move(dict.fromkeys(names.split(","), int(position)))
        return False

    def _lead(self, connection: Connection[TupleRow]) -> None:
        # Not waiting for the disk loses nothing: a page and its position are lost together, and projected again.
        connection.execute("SET synchronous_commit = off")
        connection.execute(f"LISTEN {RECORDED_CHANNEL}")
        source = DirectSource(connection, self._mapper, self._keys)
        pages = PageRunner(
            connection, self._models, source, self._mapper.topics, page=self._page, moved=self.board.move
        )
        pages.begin()
        while not self._stop.is_set():
            try:
                while not self._stop.is_set() and pages.advance():
                    pass
            except Overtaken:
                pages.return_to_what_is_recorded()
                continue
            woken = [notified.payload for notified in connection.notifies(timeout=self._poll_s, stop_after=1)]
            if not woken or any(woken):  # nothing for a while, or an operator's word: a position may have been moved
                pages.return_to_what_is_recorded()
