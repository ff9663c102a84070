"""`facecheckin projections`: what an operator sees, and can do about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from click.testing import CliRunner, Result

from adapters.cli import facecheckin
from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import Recorded, SealingMapper
from adapters.event_store.projection_operations import ProjectionsStatus, status
from adapters.event_store.recorder import PostgresRecorder
from adapters.record import read_models
from tests.event_store.samples import registered
from tests.event_store.tally import running

pytestmark = pytest.mark.anyio
Run = Callable[..., Result]


@pytest.fixture
def run(database: str, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("FACECHECKIN_KEYS", str(key_file))
    return lambda *arguments: CliRunner().invoke(facecheckin, ["projections", *arguments])


def register(dsn: str, key_file: Path, user_id: str) -> tuple[str, int]:
    """The person's id, and the position after their registration."""
    person = uuid4()
    with KeyRing(dsn, key_file) as keys, PostgresRecorder(dsn) as recorder:
        mapper = SealingMapper(keys)
        events = registered(person, user_id=user_id)
        stored = [mapper.to_stored_event(Recorded(person, version, event)) for version, event in enumerate(events, 1)]
        return str(person), recorder.insert_events(stored)[-1]


def decoded(shown: Result) -> ProjectionsStatus:
    assert shown.exit_code == 0, shown.output
    return msgspec.json.decode(shown.output, type=ProjectionsStatus)


async def test_status_tells_position_lag_and_who_leads(database: str, key_file: Path, run: Run) -> None:
    with running(database, key_file, *read_models()) as projector:
        _, position = register(database, key_file, "s-1")
        await projector.board.wait(position, 30)
        found = decoded(run("status", "--json"))
        assert found.leader is not None
        assert {(one.position, one.events_behind, one.parked) for one in found.projections} == {(position, 0, 0)}
        assert len(found.projections) == len(read_models())
    register(database, key_file, "s-2")
    later = decoded(run("status", "--json"))
    assert later.leader is None
    assert all(one.events_behind == 3 and one.seconds_behind > 0 for one in later.projections)
    table = run("status").output
    assert "nobody projects now" in table
    assert "attendance" in table


async def test_what_was_parked_is_named_and_retried_after_a_fix(database: str, key_file: Path, run: Run) -> None:
    with connect(database, name="test") as connection:
        connection.execute("INSERT INTO people (id, user_id, name) VALUES (gen_random_uuid(), 's-1', 'in the way')")
    with running(database, key_file, *read_models()) as projector:
        person, position = register(database, key_file, "s-1")
        await projector.board.wait(position, 30)
        shown = run("status").output
        assert f"people: stream {person}, 1 parked from {position - 2}: UniqueViolation" in shown
        failed = run("retry", "people")
        assert failed.exit_code == 1
        assert "1 of 1 streams failed again" in failed.output
        with connect(database, name="test") as connection:
            connection.execute("DELETE FROM people")
        assert run("retry", "people", "--stream", str(uuid4())).exit_code == 1
        retried = run("retry", "people", "--stream", person)
        assert (retried.exit_code, retried.output) == (0, f"{person}: 1 events projected\n")
    assert {one.parked for one in status(database).projections} == {0}
    assert run("retry", "people").output == "nothing of people is parked\n"


async def test_every_read_model_is_rebuilt_by_its_name(database: str, key_file: Path, run: Run) -> None:
    with running(database, key_file, *read_models()) as projector:
        _, position = register(database, key_file, "s-1")
        await projector.board.wait(position, 30)
        with connect(database, name="test") as connection:
            connection.execute("UPDATE people SET name = 'wrong'")
        for model in read_models():
            done = run("rebuild", model.name)
            if model.tables:
                assert done.exit_code == 0, done.output
                assert f"{model.name} rebuilt" in done.output
            else:
                assert "keeps nothing" in done.output
        with connect(database, name="test") as connection:
            assert connection.execute("SELECT name FROM people").fetchall() == [("Ada Lovelace",)]


def test_a_name_that_is_none_is_answered_with_those_that_are(run: Run) -> None:
    refused = run("rebuild", "nothing")
    assert refused.exit_code == 2
    assert "attendance" in refused.output
