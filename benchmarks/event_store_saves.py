"""Saves a second with many writers at once: our store, the library's recorder, and message-db from npm."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import numpy as np
from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict

from adapters.database import Database, connect
from adapters.event_store.group_commit import GroupCommit
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import Recorded, SealingMapper
from adapters.event_store.store import PostgresEventStore
from domain.check_in import CheckInEvent

WRITERS = 32
MESSAGE_DB = "@eventide/message-db@1.3.1"
_LOOK_EVERY_S = 0.05
_FOLLOW = "SELECT count(*), coalesce(max(notification_id), 0) FROM event WHERE notification_id > %s"
_WRITE = "SELECT message_store.write_message(%s::varchar, %s::varchar, %s::varchar, %s::jsonb, NULL, %s::bigint)"
_SCRIPTS = ("schema/message-store.sql", "tables/*.sql", "types/*.sql", "functions/*.sql", "indexes/*.sql")


class Saves(msgspec.Struct, frozen=True, kw_only=True):
    """`took_ms`: of each save, in no order."""

    a_second: float
    took_ms: list[float]

    def __str__(self) -> str:
        p50, p95 = np.percentile(self.took_ms, [50, 95])
        return f"{self.a_second:8.0f} saves/s   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms"


async def ours(dsn: str, key_file: Path, events: Sequence[CheckInEvent], seconds: float) -> Saves:
    """From the domain's events to a position: sealed, committed together, visible in order."""
    with KeyRing(dsn, key_file) as keys:
        async with Database(dsn) as database, GroupCommit(dsn) as writer:
            store = PostgresEventStore(database, writer, keys, SealingMapper(keys))
            await store.append(uuid4(), 0, events)
            stopped = asyncio.Event()
            following = asyncio.create_task(_follow(database, stopped))
            saves = await _from_tasks(lambda: store.append(uuid4(), 0, events), seconds)
            stopped.set()
            seen, recorded = await following
    if seen != recorded:
        raise AssertionError(f"of {recorded} events a reader who followed in order of position saw {seen}")
    return saves


async def _follow(database: Database, stopped: asyncio.Event) -> tuple[int, int]:
    """Read on after the last position now and then: how many events were seen so, and how many there are."""
    seen = last = 0
    over = False
    while not over:
        over = stopped.is_set()
        rows = await database.fetch(_FOLLOW, (last,))
        seen, last = seen + rows[0][0], max(last, rows[0][1])
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _LOOK_EVERY_S)
    rows = await database.fetch("SELECT count(*) FROM event")
    return seen, rows[0][0]


def librarys(dsn: str, events: Sequence[StoredEvent], seconds: float) -> Saves:
    """eventsourcing's PostgresApplicationRecorder as its factory makes it, from threads; nothing is serialised here."""
    with library_environment(dsn) as environment:
        factory = InfrastructureFactory.construct(environment)
        recorder = factory.application_recorder()
        try:
            return _from_threads(lambda: recorder.insert_events(_in_new_stream(events)), seconds)
        finally:
            factory.close()


@contextmanager
def library_environment(dsn: str) -> Iterator[Environment]:
    """Its own defaults, but for where the database is."""
    given = conninfo_to_dict(dsn)
    yield Environment(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(given["dbname"]),
            "POSTGRES_HOST": str(given.get("host", "")),
            "POSTGRES_PORT": str(given.get("port", 5432)),
            "POSTGRES_USER": str(given.get("user", "")),
            "POSTGRES_PASSWORD": str(given.get("password", "")),
        }
    )


def message_db(dsn: str, scripts: Path, events: Sequence[StoredEvent], seconds: float) -> Saves:
    """Its one function, once for each event of a save, in a transaction; one connection a thread."""
    with connect(dsn, name="message-db") as connection:
        for pattern in _SCRIPTS:
            for script in sorted(scripts.glob(pattern)):
                connection.execute(script.read_bytes())
    held = threading.local()

    def save() -> None:
        if not hasattr(held, "connection"):
            held.connection = connect(dsn, name="message-db")
            held.connection.execute("SET search_path TO message_store, public")
        stream = f"checkIn-{uuid4()}"
        with held.connection.transaction():
            for version, event in enumerate(events):
                held.connection.execute(
                    _WRITE, (str(uuid4()), stream, event.topic, event.state.decode(), version - 1), prepare=True
                )

    return _from_threads(save, seconds)


def fetch_message_db(folder: Path) -> Path | str:
    """Its SQL scripts; or why it is not available."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not there"
    install = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", MESSAGE_DB]
    try:
        done = subprocess.run(install, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return "npm did not answer within two minutes"
    scripts = folder / "node_modules/@eventide/message-db/database"
    return scripts if scripts.is_dir() else f"npm could not install it: {done.stderr.strip()[-200:]}"


def stored(mapper: SealingMapper, events: Sequence[CheckInEvent]) -> list[StoredEvent]:
    stream = uuid4()
    return [mapper.to_stored_event(Recorded(stream, version, event)) for version, event in enumerate(events, 1)]


def _in_new_stream(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    stream: UUID = uuid4()
    return [StoredEvent(stream, event.originator_version, event.topic, event.state) for event in events]


async def _from_tasks(save: Callable[[], Awaitable[object]], seconds: float) -> Saves:
    took_ms: list[float] = []
    begun = time.perf_counter()

    async def write() -> None:
        while (before := time.perf_counter()) < begun + seconds:
            await save()
            took_ms.append((time.perf_counter() - before) * 1e3)

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    return Saves(a_second=len(took_ms) / (time.perf_counter() - begun), took_ms=took_ms)


def _from_threads(save: Callable[[], object], seconds: float) -> Saves:
    took_ms: list[float] = []
    failures: list[BaseException] = []
    together = threading.Barrier(WRITERS + 1)

    def write() -> None:
        try:
            save()
            together.wait()
            begun = time.perf_counter()
            while (before := time.perf_counter()) < begun + seconds:
                save()
                took_ms.append((time.perf_counter() - before) * 1e3)
        except BaseException as error:
            failures.append(error)
            together.abort()

    threads = [threading.Thread(target=write, daemon=True) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        together.wait()
    except threading.BrokenBarrierError:
        raise failures[0] from None
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return Saves(a_second=len(took_ms) / (time.perf_counter() - begun), took_ms=took_ms)
