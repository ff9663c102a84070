"""What the tests of the use cases start from: warm models, and a house wired as the server's is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from adapters.database import connect
from inference.opening import open_worker
from inference.weights import ModelStore
from inference.worker import InferenceWorker
from tests.application.house import House, open_house

# Tables whose one row, or whose rows, the migrations made.
_SEEDED = {"key_ring", "gallery_revision", "schema_migration", "erasure_sweep", "retention_run", "attendance_settling"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_database(postgres: str) -> str:
    with connect(postgres, name="tests") as connection:
        connection.execute("CREATE DATABASE application TEMPLATE migrated")
    return make_conninfo(postgres, dbname="application")


@pytest.fixture
def database(shared_database: str) -> str:
    """The DSN of a database without a row: emptied, because making one for each of many tests takes far longer."""
    with connect(shared_database, name="tests") as connection:
        connection.execute("SET session_replication_role = replica")  # in any order, whatever refers to what
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for table in sorted({table for (table,) in rows} - _SEEDED):
            connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
        connection.execute("UPDATE key_ring SET kek_id = NULL")
        connection.execute("UPDATE retention_run SET ran_at = NULL")
    return shared_database


@pytest.fixture(scope="session")
def worker(model_store: ModelStore) -> Iterator[InferenceWorker]:
    """Warm models. The worker belongs to no event loop, so that every test may ask it."""
    worker = open_worker(model_store, queue_size=256)
    asyncio.run(worker.start())
    yield worker
    asyncio.run(worker.stop())


@pytest.fixture(scope="session")
def full_worker(model_store: ModelStore) -> Iterator[InferenceWorker]:
    """Warm models with no room to wait for them: every call is one too many."""
    worker = open_worker(model_store, queue_size=0)
    asyncio.run(worker.start())
    yield worker
    asyncio.run(worker.stop())


@pytest.fixture
async def house(database: str, key_file: Path, worker: InferenceWorker) -> AsyncIterator[House]:
    async with open_house(database, key_file, worker) as house:
        yield house
