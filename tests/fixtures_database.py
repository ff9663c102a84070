"""A real PostgreSQL for the tests: one embedded server a run, a fresh migrated database for each test that asks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from adapters.database import connect
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.event_store.migrate import migrate

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The DSN of a server with a database `migrated` to make others from."""
    with tempfile.TemporaryDirectory(prefix="facecheckin-test-") as folder, EmbeddedPostgres(Path(folder)) as dsn:
        with connect(dsn, name="test template") as connection:
            connection.execute("CREATE DATABASE migrated")
        migrate(make_conninfo(dsn, dbname="migrated"))
        yield dsn


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    """The DSN of a database that was never migrated."""
    with fresh_database(postgres, "template1") as dsn:
        yield dsn


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """The DSN of a migrated database of this test alone."""
    with fresh_database(postgres) as dsn:
        yield dsn


@contextmanager
def fresh_database(postgres: str, template: str = "migrated") -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    statement = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
    with connect(postgres, name="test databases") as connection:
        connection.execute(statement)
    try:
        yield make_conninfo(postgres, dbname=name)
    finally:
        with connect(postgres, name="test databases") as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Where a test's key file will be; there is none yet."""
    return tmp_path / "keys.json"
