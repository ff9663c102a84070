"""Migrations: once each, whoever starts, and never over a newer schema."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import psycopg
import pytest

from adapters.database import connect
from adapters.event_store.migrate import DatabaseIsNewer, Migration, MigrationChanged, migrate, shipped


def test_an_empty_database_gets_every_migration_once_and_a_second_run_applies_none(empty_database: str) -> None:
    assert migrate(empty_database) == [migration.name for migration in shipped()]
    assert migrate(empty_database) == []


def test_six_processes_that_start_together_apply_each_migration_once(empty_database: str) -> None:
    program = f"from adapters.event_store.migrate import migrate; print(len(migrate({empty_database!r})))"
    starters = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    answers = [starter.communicate(timeout=60) for starter in starters]
    assert [starter.returncode for starter in starters] == [0] * 6, answers
    assert sorted(int(output) for output, _ in answers) == [0, 0, 0, 0, 0, len(shipped())]


def test_a_database_of_a_later_version_is_refused(database: str) -> None:
    with connect(database, name="test") as connection:
        connection.execute("INSERT INTO schema_migration (number, name, sha256) VALUES (9999, '9999_later', 'x')")
    with pytest.raises(DatabaseIsNewer, match="9999_later"):
        migrate(database)


def test_a_migration_that_was_edited_after_it_was_applied_is_named(database: str) -> None:
    migrations = shipped()
    migrations[1] = msgspec.structs.replace(migrations[1], sql=migrations[1].sql + "\n-- edited")
    with pytest.raises(MigrationChanged, match=migrations[1].name):
        migrate(database, migrations=migrations)


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str) -> None:
    broken = Migration(1, "0001_broken", "CREATE TABLE half (id int); SELECT 1 / 0")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database, migrations=[broken])
    with connect(empty_database, name="test") as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)
    assert len(migrate(empty_database)) == len(shipped())


def test_pgvector_is_there_after_migrating(database: str) -> None:
    with connect(database, name="test") as connection:
        assert connection.execute("SELECT '[3,4]'::vector <-> '[0,0]'").fetchone() == (5.0,)


@pytest.mark.parametrize("role", ["owner", "", "Staff"])
def test_an_access_token_has_one_of_the_roles(database: str, role: str) -> None:
    with connect(database, name="test") as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO access_token (token_sha256, role, name, subject)"
            " VALUES (sha256('secret'), %s, 'door', gen_random_uuid())",
            (role,),
        )
