"""A rebuild beside the live read model: readers notice nothing, whatever fails, and it ends as it should have been."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projection_operations import parked, status
from adapters.event_store.projection_rebuild import RebuildRefused, Rebuilt, rebuild
from adapters.event_store.read_model import ReadModel
from adapters.event_store.recorder import PostgresRecorder
from tests.event_store.tally import Tally, make_tables, record, running, tally

pytestmark = pytest.mark.anyio
_SHAPE = """
SELECT 'column', a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
FROM pg_attribute a WHERE attrelid = 'tally'::regclass AND attnum > 0
UNION ALL SELECT 'constraint', conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'tally'::regclass
UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE tablename = 'tally'
UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = 'tally'::regclass AND NOT tgisinternal
UNION ALL SELECT 'options', reloptions::text FROM pg_class WHERE oid = 'tally'::regclass
UNION ALL SELECT 'grant', privilege_type || ' ' || grantee
FROM information_schema.role_table_grants WHERE table_name IN ('tally', 'tally_total')
UNION ALL SELECT 'view', pg_get_viewdef(oid) FROM pg_class WHERE relkind = 'v' AND relname LIKE 'tally%'
ORDER BY 1, 2
"""
_REBUILDING = """
import pathlib, sys
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projection_rebuild import rebuild
from tests.event_store.tally import Tally
with KeyRing(sys.argv[1], pathlib.Path(sys.argv[2])) as keys:
    print("started", flush=True)
    rebuild(sys.argv[1], Tally(), SealingMapper(keys), keys, page=4)
"""


@pytest.fixture
def recorder(database: str) -> Iterator[PostgresRecorder]:
    make_tables(database, "tally", "other")
    with PostgresRecorder(database) as recorder:
        yield recorder


def rebuilt(dsn: str, key_file: Path, model: ReadModel, *, page: int = 10) -> Rebuilt:
    with KeyRing(dsn, key_file) as keys:
        return rebuild(dsn, model, SealingMapper(keys), keys, page=page)


@contextmanager
def readers(dsn: str, statement: str, seen: Seen, failures: list[Exception]) -> Iterator[None]:
    """Four that read all the time, with prepared statements; the least that they saw is in `seen`."""
    over = threading.Event()

    def read() -> None:
        try:
            with connect(dsn, name="reader") as connection:
                while not over.is_set():
                    seen.append(connection.execute(statement.encode(), prepare=True).fetchall()[0][0])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


class Seen(list[int]):
    """What readers saw; tells who waits for more of it."""

    def __init__(self) -> None:
        super().__init__()
        self._more = threading.Condition()

    def append(self, one: int) -> None:
        with self._more:
            super().append(one)
            self._more.notify_all()

    def until(self, count: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: len(self) >= count, 30), "nobody reads any more"


async def _rebuilding_under_readers(
    dsn: str, key_file: Path, recorder: PostgresRecorder, replace: Callable[[Seen], object]
) -> tuple[list[int], list[Exception]]:
    with connect(dsn, name="test") as connection:
        connection.execute("CREATE VIEW tally_total AS SELECT coalesce(sum(times), 0) AS total FROM tally")
    seen = Seen()
    failures: list[Exception] = []
    with running(dsn, key_file, Tally(), page=10) as projector:
        await projector.board.wait(record(recorder, uuid4(), times=60), 30)
        with readers(dsn, "SELECT (total + (SELECT 0 * count(*) FROM tally))::int FROM tally_total", seen, failures):
            await asyncio.to_thread(replace, seen)
            position = record(recorder, uuid4(), times=5)
            await projector.board.wait(position, 30)
    return seen, failures


async def test_readers_see_neither_an_error_nor_less_than_there_was(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    def replace(seen: Seen) -> None:
        for _ in range(6):
            before = len(seen)
            rebuilt(database, key_file, Tally())
            seen.until(before + 20)

    seen, failures = await _rebuilding_under_readers(database, key_file, recorder, replace)
    assert failures == []
    assert len(seen) > 100
    assert min(seen) == 60
    assert sum(tally(database).values()) == 65


async def test_forgetting_everything_first_shows_readers_an_empty_table(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    """What the test above would see of a rebuild in place."""

    def replace(seen: Seen) -> None:
        with connect(database, name="test") as connection, connection.transaction():
            connection.execute("TRUNCATE tally")
            connection.execute("UPDATE projection SET position = 0")
        seen.until(len(seen) + 40)

    seen, _ = await _rebuilding_under_readers(database, key_file, recorder, replace)
    assert min(seen) < 60


async def test_what_was_wrong_is_right_afterwards_and_nothing_else_is_touched(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    stream = uuid4()
    with running(database, key_file, Tally(), Tally("other"), page=10) as projector:
        await projector.board.wait(record(recorder, stream, times=100), 30)
        with connect(database, name="test") as connection:
            connection.execute("UPDATE tally SET times = 999")
            connection.execute("UPDATE other SET times = 999")
        assert (await asyncio.to_thread(rebuilt, database, key_file, Tally())).position == 100
        assert tally(database) == {stream: 100}
        await projector.board.wait(record(recorder, stream, 101), 30)
    assert tally(database) == {stream: 101}
    assert tally(database, "other") == {stream: 1000}


def test_it_needs_no_leader_and_takes_the_live_one_to_the_end(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    stream = uuid4()
    record(recorder, stream, times=30)
    rebuilt(database, key_file, Tally())
    found = status(database)
    assert (found.leader, found.projections[0].position, found.projections[0].events_behind) == (None, 30, 0)
    assert tally(database) == {stream: 30}


async def test_events_recorded_all_the_while_are_counted_once(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    stream, over, last = uuid4(), threading.Event(), [0]

    def write() -> None:
        with PostgresRecorder(database) as own:
            while not over.wait(0.002):
                last[0] = record(own, stream, last[0] + 1)

    writer = threading.Thread(target=write)
    with running(database, key_file, Tally()) as projector:
        writer.start()
        try:
            for _ in range(5):
                await asyncio.to_thread(rebuilt, database, key_file, Tally(), page=20)
        finally:
            over.set()
            await asyncio.to_thread(writer.join)
        await projector.board.wait(last[0], 30)
    assert tally(database) == {stream: last[0]}


def test_tables_keep_their_shape(database: str, key_file: Path, recorder: PostgresRecorder) -> None:
    with connect(database, name="test") as connection:
        connection.execute("ALTER TABLE tally ADD CONSTRAINT tally_positive CHECK (times > 0)")
        connection.execute("CREATE INDEX tally_often ON tally (times) WHERE times > 10")
        connection.execute("CREATE VIEW tally_total AS SELECT sum(times) AS total FROM tally")
        connection.execute("CREATE VIEW tally_double AS SELECT total * 2 AS twice FROM tally_total")
        connection.execute("GRANT SELECT ON tally TO PUBLIC")
        connection.execute("GRANT SELECT ON tally_total TO PUBLIC")
        connection.execute("CREATE TABLE told (times int)")
        connection.execute(
            "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN INSERT INTO public.told VALUES (1); RETURN NULL; END'"
        )
        connection.execute("CREATE TRIGGER tell AFTER DELETE ON tally FOR EACH STATEMENT EXECUTE FUNCTION tell()")
        before = connection.execute(_SHAPE).fetchall()
        record(recorder, uuid4(), times=7)
        for _ in range(2):
            rebuilt(database, key_file, Tally())
            assert connection.execute(_SHAPE).fetchall() == before
            assert connection.execute("SELECT twice FROM tally_double").fetchall() == [(14,)]
        assert connection.execute("SELECT count(*) FROM told").fetchall() == [(2,)], "a switch is told of once"
        assert connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rebuild%'").fetchall() == []


async def test_what_it_cannot_take_is_parked_anew_and_what_it_can_is_not(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    good, bad = uuid4(), uuid4()
    record(recorder, good, times=10)
    position = record(recorder, bad, times=4)
    broken = Tally()
    broken.poison = {4}
    with running(database, key_file, broken) as projector:
        await projector.board.wait(position, 30)
        assert [(one.stream, one.events, one.position) for one in parked(database, broken)] == [(good, 7, 4)]
        broken.poison = {12}
        assert (await asyncio.to_thread(rebuilt, database, key_file, broken)).parked == 3
        assert [(one.stream, one.events, one.position) for one in parked(database, broken)] == [(bad, 3, 12)]
        assert tally(database) == {good: 10, bad: 1}


def test_killed_at_any_point_it_has_changed_nothing_and_the_next_attempt_succeeds(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    stream = uuid4()
    record(recorder, stream, times=400)
    with connect(database, name="test") as connection:
        connection.execute("INSERT INTO tally VALUES (%s, 7)", (stream,))
    left_behind = 0
    for at_work in (False, True, True, True):
        left_behind += _kill_a_rebuild(database, key_file, at_work=at_work)
        assert tally(database) in ({stream: 7}, {stream: 400})
    assert left_behind, "none was killed at work"
    rebuilt(database, key_file, Tally())
    assert tally(database) == {stream: 400}


def _kill_a_rebuild(dsn: str, key_file: Path, *, at_work: bool) -> bool:
    """Whether it left its tables behind."""
    command = [sys.executable, "-c", _REBUILDING, dsn, str(key_file)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        connect(dsn, name="test") as connection,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        while at_work and not _begun(connection) and process.poll() is None:
            pass
        process.kill()
        process.wait()
        _until_gone(dsn)
        return _begun(connection)


def _begun(connection: Connection[TupleRow]) -> bool:
    rows = connection.execute("SELECT FROM pg_namespace WHERE nspname = 'rebuild_tally'").fetchall()
    return len(rows) == 1


def _until_gone(dsn: str) -> None:
    """The server notices a killed client only with its next message."""
    with connect(dsn, name="test") as connection:
        for _ in range(3000):
            rows = connection.execute(
                "SELECT FROM pg_stat_activity WHERE application_name LIKE 'projections re%'"
                " AND datname = current_database()"
            ).fetchall()
            if not rows:
                return
            time.sleep(0.01)
    raise AssertionError("a killed rebuild lives on")


def _until_wanted(connection: Connection[TupleRow]) -> None:
    """Return once the rebuild waits for the table's readers: whoever reads now queues behind it."""
    wanted = "SELECT FROM pg_locks WHERE relation = 'tally'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted"
    for _ in range(3000):
        if connection.execute(wanted.encode()).fetchall():
            return
        time.sleep(0.01)
    raise AssertionError("the rebuild never comes to its end")


def test_one_at_a_time(database: str, key_file: Path, recorder: PostgresRecorder) -> None:
    record(recorder, uuid4(), times=20)
    model = Tally(page_s=0.2)
    slow = threading.Thread(target=rebuilt, args=(database, key_file, model), kwargs={"page": 5})
    slow.start()
    assert model.begun.wait(30)
    with pytest.raises(RebuildRefused, match="another process"):
        rebuilt(database, key_file, Tally())
    slow.join()
    assert sum(tally(database).values()) == 20


def test_a_long_reader_is_waited_for_and_holds_nobody_else_up(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    record(recorder, uuid4(), times=20)
    with connect(database, name="test") as connection, connect(database, name="long reader") as reader:
        rebuilt(database, key_file, Tally())
        rebuilding = threading.Thread(target=rebuilt, args=(database, key_file, Tally()))
        connection.execute("SET statement_timeout = '30s'")  # whoever is held up waits for the long reader
        with reader.transaction():
            reader.execute("SELECT count(*) FROM tally")
            rebuilding.start()
            for _ in range(3):
                _until_wanted(connection)
                connection.execute("SELECT count(*) FROM tally")
            assert rebuilding.is_alive()
        rebuilding.join()
    assert sum(tally(database).values()) == 20
