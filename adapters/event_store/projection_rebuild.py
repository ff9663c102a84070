"""Rebuilds a read model beside the live one, and switches to it in one transaction: readers notice nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import LiteralString

import msgspec
import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.page_source import PageSource, reading_ahead
from adapters.event_store.projection_pages import MOVED_CHANNEL, PageRunner
from adapters.event_store.read_model import ReadModel
from adapters.event_store.recorder import RECORDED_CHANNEL
from adapters.event_store.shadow_tables import ShadowTables
from adapters.event_store.topics import Topics

PAGE = 5000
# How far a rebuild is, and what it could not take, is written in books of its own.
_BOOKS = ("projection", "projection_dead_letter")
_SWITCH_WITHIN_S = 60.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_ALONE = "SELECT pg_try_advisory_lock(hashtext(%s))"
_NO_LONGER_ALONE = "SELECT pg_advisory_unlock(hashtext(%s))"
_ENTER = "INSERT INTO {live}.projection (name) VALUES (%s) ON CONFLICT DO NOTHING"
_LIVE = "SELECT position FROM {live}.projection WHERE name = %s FOR UPDATE"
_FORGET_PARKED = "DELETE FROM {live}.projection_dead_letter WHERE name = %s"
_KEEP_PARKED = "INSERT INTO {live}.projection_dead_letter SELECT * FROM {shadow}.projection_dead_letter"
_MOVE = "UPDATE {live}.projection SET position = %s, updated_at = clock_timestamp() WHERE name = %s"


class RebuildRefused(Exception):
    """It cannot be rebuilt now; the message says why."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """`switch_s`: for how long the live one stood still at the end. `parked`: events that it could not take."""

    name: str
    position: int
    took_s: float
    switch_s: float
    parked: int


def rebuild(
    dsn: str,
    model: ReadModel,
    mapper: SealingMapper,
    keys: KeyRing,
    *,
    page: int = PAGE,
    report: Callable[[int], None] = lambda _position: None,
) -> Rebuilt:
    """Whether or not the projections run meanwhile; `report` is told positions. Raises RebuildRefused.

    Killed at any point it has changed nothing: what it left in a schema of its own is dropped by the next attempt.
    """
    if not model.tables:
        raise RebuildRefused(f"{model.name} keeps nothing that could be projected again")
    with connect(dsn, name="projections rebuild") as connection:
        if not connection.execute(_ALONE, (f"rebuild {model.name}",)).fetchall()[0][0]:
            raise RebuildRefused(f"{model.name} is being rebuilt by another process")
        with reading_ahead(dsn, model, mapper, keys) as source:
            done = _Rebuild(connection, model, source, mapper.topics, page, report).run()
        connection.execute(_NO_LONGER_ALONE, (f"rebuild {model.name}",))
        return done


class _Rebuild:
    def __init__(
        self,
        connection: Connection[TupleRow],
        model: ReadModel,
        source: PageSource,
        topics: Topics,
        page: int,
        report: Callable[[int], None],
    ) -> None:
        self._connection = connection
        self._name = model.name
        self._tables = ShadowTables(connection, f"rebuild_{model.name}", model.tables, beside=_BOOKS)
        self._pages = PageRunner(
            connection,
            [model],
            source,
            topics,
            page=page,
            moved=lambda positions: report(positions[model.name]),
            announce=False,
        )

    def run(self) -> Rebuilt:
        begun = time.perf_counter()
        # Nothing is lost with a crash that a new attempt would not make again; the switch waits for the disk.
        self._connection.execute("SET synchronous_commit = off")
        self._tell(_ENTER, self._name)
        self._tables.create()
        self._pages.begin()
        self._catch_up()
        self._tables.complete()
        switch_s, parked = self._switch_in_time()
        position = self._pages.positions[self._name]
        self._tell("SELECT pg_notify(%s, %s)", RECORDED_CHANNEL, f"rebuilt {self._name}")
        self._tell("SELECT pg_notify(%s, %s)", MOVED_CHANNEL, f"{position}:{self._name}")
        took_s = time.perf_counter() - begun
        return Rebuilt(name=self._name, position=position, took_s=took_s, switch_s=switch_s, parked=parked)

    def _catch_up(self, through: int = 0) -> None:
        """To the end as it is now; and as far as `through`, whatever was read before."""
        while self._pages.advance() or self._pages.positions[self._name] < through:
            if 0 < through <= self._pages.positions[self._name]:
                return  # the rest is the leader's: it waits

    def _hold_live(self) -> int:
        """Where the live one stands, and stays until the commit."""
        held = SQL(_LIVE).format(live=self._tables.live)
        position: int = self._connection.execute(held, (self._name,)).fetchall()[0][0]
        return position

    def _switch_in_time(self) -> tuple[float, int]:
        deadline, pause_s = time.monotonic() + _SWITCH_WITHIN_S, _FIRST_PAUSE_S
        while True:
            self._catch_up()
            begun = time.perf_counter()
            try:
                with self._connection.transaction():
                    parked = self._switch()
                return time.perf_counter() - begun, parked
            except psycopg.errors.LockNotAvailable as error:
                if time.monotonic() > deadline:
                    raise RebuildRefused(f"{self._name} is being read without a pause: {error}") from error
            # The transaction took back what it had projected. Readers queue behind whoever waits for a lock.
            self._pages.return_to_what_is_recorded()
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _switch(self) -> int:
        """Answers how many events are parked. While the live position is held no page passes, and none is missed."""
        connection = self._connection
        connection.execute("SET LOCAL synchronous_commit = on")
        self._catch_up(through=self._hold_live())
        self._tables.hold_readers()
        self._tell(_FORGET_PARKED, self._name)
        parked = self._tell(_KEEP_PARKED)
        self._tell(_MOVE, self._pages.positions[self._name], self._name)
        self._tables.switch()
        return parked

    def _tell(self, statement: LiteralString, *parameters: object) -> int:
        composed = SQL(statement).format(live=self._tables.live, shadow=self._tables.shadow)
        return self._connection.execute(composed, parameters).rowcount
