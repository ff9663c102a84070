"""The one way to open the database: bounded, and not surprised by a connection that dies."""

from __future__ import annotations

import asyncio
import time

import psycopg
import pytest

from adapters.database import Database, connect

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _kill_idle(dsn: str) -> int:
    with connect(dsn, name="killer") as connection:
        killed = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'short' AND datname = current_database()"
        ).fetchall()
    return len(killed)


async def test_a_query_is_answered_although_its_idle_connection_was_killed(database: str) -> None:
    async with Database(database, name="short") as short:
        together = asyncio.Barrier(3)

        async def hold() -> None:
            async with short.connection():
                await together.wait()

        await asyncio.gather(*(hold() for _ in range(3)))
        assert _kill_idle(database) == 3
        assert await short.fetch("SELECT %s + 1", (41,)) == [(42,)]


async def test_callers_beyond_the_bound_wait_for_a_connection(database: str) -> None:
    async with Database(database, name="short", size=2) as short:
        before = time.monotonic()
        await asyncio.gather(*(short.fetch("SELECT pg_sleep(0.2)") for _ in range(4)))
        assert time.monotonic() - before >= 0.4
        assert _kill_idle(database) <= 2


async def test_a_mistake_is_not_tried_again_and_leaves_the_connection_usable(database: str) -> None:
    async with Database(database, name="short", size=1) as short:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await short.fetch("SELECT * FROM nowhere")
        assert await short.fetch("SELECT 1") == [(1,)]


async def test_a_caller_who_goes_away_leaves_no_half_read_connection(database: str) -> None:
    async with Database(database, name="short", size=1) as short:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await short.fetch("SELECT 'late', pg_sleep(5)")
        assert await short.fetch("SELECT 'mine'") == [("mine",)]


async def test_a_database_that_is_not_there_is_an_error_at_once(database: str) -> None:
    with pytest.raises(psycopg.OperationalError):
        async with Database(psycopg.conninfo.make_conninfo(database, dbname="nowhere")):
            pass
