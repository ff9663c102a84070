"""The event store beside the library it is built on, and its bars: `python -m benchmarks.event_store [--bar]`.

All in one run on an embedded PostgreSQL of its own. Rivals take turns, each on a fresh database, and a ratio is the
median of the turns' ratios, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import numpy as np
import uvloop
from eventsourcing.persistence import StoredEvent
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from adapters.analytics.export import export
from adapters.database import connect
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.migrate import migrate
from benchmarks import event_store_history, event_store_projecting, event_store_saves
from benchmarks.bars import Bar, judge
from benchmarks.event_store_events import check_in_of
from benchmarks.event_store_saves import WRITERS, Saves
from benchmarks.history import generate_history
from domain.check_in import CheckInEvent

PEOPLE = 10_000
Answer = TypeVar("Answer")
_numbers = count(1)


class Server:
    """The embedded server; `database` makes a fresh one, migrated, and drops it afterwards."""

    def __init__(self, dsn: str, key_file: Path) -> None:
        self.key_file = key_file
        self._dsn = dsn
        with connect(dsn, name="benchmark") as connection:
            connection.execute("CREATE DATABASE migrated")
        migrate(make_conninfo(dsn, dbname="migrated"))
        with KeyRing(make_conninfo(dsn, dbname="migrated"), key_file):
            pass  # the database is now this key file's, and so are its copies

    @contextmanager
    def database(self, template: str = "migrated") -> Iterator[str]:
        name = Identifier(f"benchmark_{next(_numbers)}")
        with connect(self._dsn, name="benchmark") as connection:
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(name, Identifier(template)))
            connection.execute("CHECKPOINT")
        try:
            yield make_conninfo(self._dsn, dbname=name.as_string().strip('"'))
        finally:
            with connect(self._dsn, name="benchmark") as connection:
                connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bar", action="store_true", help="exit 1 and name each bar that falls short")
    parser.add_argument("--events", type=int, default=1_000_000, help="of the long history")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each turn of each rival")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--only", choices=("saves", "projecting", "history"))
    options = parser.parse_args()
    found: list[Bar] = []
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as dsn:
        server = Server(dsn, Path(folder) / "keys.json")
        if options.only in (None, "saves"):
            found += _saves(server, Path(folder), options.seconds, options.turns)
        if options.only in (None, "projecting"):
            found += _projecting(server)
        if options.only in (None, "history"):
            found += _history(server, Path(folder), options.events)
    judge(found, enforce=options.bar)


def _saves(server: Server, folder: Path, seconds: float, turns: int) -> list[Bar]:
    scripts = event_store_saves.fetch_message_db(folder / "npm")
    events = check_in_of(uuid4())
    bars = []
    for some, at_least in ((events[:1], 8), (events, 4)):
        print(f"\n{WRITERS} writers at once, {len(some)} event{'s' * (len(some) > 1)} a save (load {_load()})")
        ratios = []
        for _ in range(turns):
            ours, librarys = _rivals(server, some, seconds)
            ratios.append(ours.a_second / librarys.a_second)
            print(f"  ours {ours}\n  library's {librarys}   {ratios[-1]:.1f} times")
        if isinstance(scripts, Path):
            stored = _as_stored(server, some)
            with server.database("template1") as dsn:
                print(f"  message-db {event_store_saves.message_db(dsn, scripts, stored, seconds)}")
        else:
            print(f"  message-db is not available: {scripts}")
        name = f"saves of {len(some)}, times the library's recorder"
        bars.append(Bar(name, statistics.median(ratios), at_least, at_least=True))
    return bars


def _rivals(server: Server, events: Sequence[CheckInEvent], seconds: float) -> tuple[Saves, Saves]:
    with server.database() as dsn:
        ours = _run(event_store_saves.ours(dsn, server.key_file, events, seconds))
    stored = _as_stored(server, events)
    with server.database("template1") as dsn:
        librarys = event_store_saves.librarys(dsn, stored, seconds)
    return ours, librarys


def _as_stored(server: Server, events: Sequence[CheckInEvent]) -> list[StoredEvent]:
    with server.database() as dsn, KeyRing(dsn, server.key_file) as keys:
        return event_store_saves.stored(SealingMapper(keys), events)


def _projecting(server: Server) -> list[Bar]:
    rate = event_store_projecting.EVENTS_A_SECOND
    print(f"\nfrom commit to every read model, {rate} events a second (load {_load()})")
    with server.database() as dsn:
        lag = _run(event_store_projecting.ours(dsn, server.key_file, seconds=20, writes=200))
    with server.database("template1") as dsn:
        librarys_ms = event_store_projecting.librarys_read_your_writes_ms(dsn, 25)
    p50, p95, p99 = np.percentile(lag.projected_ms, [50, 95, 99])
    print(f"  p50 {p50:.2f}   p95 {p95:.2f}   p99 {p99:.2f} ms")
    ours_ms, theirs_ms = statistics.median(lag.read_your_writes_ms), statistics.median(librarys_ms)
    print(f"  read your writes: ours {ours_ms:.2f} ms, library's {theirs_ms:.1f} ms (medians)")
    return [
        Bar("commit to projected, p50", float(p50), 2, "ms"),
        Bar("commit to projected, p95", float(p95), 5, "ms"),
        Bar("read your writes, times the library's wait", theirs_ms / ours_ms, 40, at_least=True),
    ]


def _history(server: Server, folder: Path, events: int) -> list[Bar]:
    print(f"\na history of {events} events and {PEOPLE} people (load {_load()})")
    with server.database() as dsn:
        history = generate_history(dsn, events, key_file=server.key_file, people=PEOPLE)
        caught_up_s = _run(event_store_history.catch_up(dsn, server.key_file, history.last_position))
        print(f"  every read model caught up in {caught_up_s:.1f} s   (load {_load()})")
        rebuilt = event_store_history.rebuild_attendance(dsn, server.key_file)
        speed = history.events / rebuilt.took_s
        switched = f"switched in {rebuilt.switch_s:.2f} s"
        print(f"  attendance rebuilt in {rebuilt.took_s:.1f} s, {speed:.0f} events/s, {switched}")
        exported = export(dsn, folder / "export")
        print(f"  exported in {exported.took_s:.1f} s   (load {_load()})")
        erased = _run(event_store_history.erase(dsn, server.key_file, history.people[PEOPLE // 2]))
        print(f"  one person erased in {erased.took_s:.2f} s; another process saw {erased.before}, then {erased.after}")
    still_seen = erased.after != event_store_history.Seen(name=False, registered=False, templates=0)
    return [
        Bar("rebuild of attendance, events a second", speed, 40_000, at_least=True),
        Bar("export", exported.took_s, 15, "s"),
        Bar("erasing one person", erased.took_s, 1, "s"),
        Bar("what another process still sees of them", float(still_seen), 0),
    ]


def _run(work: Coroutine[object, object, Answer]) -> Answer:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _load() -> str:
    """How busy the machine is, which every figure here depends on."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
