"""Brings a database to the newest schema: numbered SQL files, each applied once, whoever starts at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.database import connect

_LOCK = 7305804402511
_JOURNAL = """
CREATE TABLE IF NOT EXISTS schema_migration (
    number     integer PRIMARY KEY,
    name       text        NOT NULL,
    sha256     text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class DatabaseIsNewer(Exception):
    """A later version of this program has migrated the database."""


class MigrationChanged(Exception):
    """A migration that was applied is not the one this program carries."""


class Migration(msgspec.Struct, frozen=True):
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def shipped() -> list[Migration]:
    """The migrations of this program, in order."""
    folder = files("adapters.event_store") / "migrations"
    named = sorted((file.name, file.read_text()) for file in folder.iterdir() if file.name.endswith(".sql"))
    return [Migration(int(name.split("_")[0]), name.removesuffix(".sql"), sql) for name, sql in named]


def migrate(dsn: str, *, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Apply what is missing, each in a transaction of its own; answers the names of those applied now.

    Raises DatabaseIsNewer, MigrationChanged.
    """
    with connect(dsn, name="migrate") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.execute(_JOURNAL)
        return _apply(connection, shipped() if migrations is None else migrations)


def _apply(connection: Connection[TupleRow], migrations: Sequence[Migration]) -> list[str]:
    rows = connection.execute("SELECT number, name, sha256 FROM schema_migration").fetchall()
    applied = {number: (name, digest) for number, name, digest in rows}
    if newer := sorted(set(applied) - {migration.number for migration in migrations}):
        raise DatabaseIsNewer(f"the database has migration {applied[newer[-1]][0]}, which this program does not know")
    missing = []
    for migration in migrations:
        if migration.number not in applied:
            missing.append(migration)
        elif applied[migration.number][1] != migration.sha256:
            raise MigrationChanged(f"migration {migration.name} was applied with another text")
    for migration in missing:
        with connection.transaction():
            connection.execute(migration.sql.encode())
            connection.execute(
                "INSERT INTO schema_migration (number, name, sha256) VALUES (%s, %s, %s)",
                (migration.number, migration.name, migration.sha256),
            )
    return [migration.name for migration in missing]
