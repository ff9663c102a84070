"""Connections that die under a save, and answers that are lost: no save is lost or doubled."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.database import connect
from adapters.event_store.recorder import PostgresRecorder
from tests.event_store.opened_store import append, opened, stored
from tests.event_store.samples import started

pytestmark = pytest.mark.anyio


async def test_a_save_outlives_the_death_of_its_connection(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as (store, _):
        await store.append(uuid4(), 0, started(uuid4()))
        with connect(database, name="test") as connection:
            assert _cut_the_writers_connection(connection) == 1
        assert await store.append(uuid4(), 0, started(uuid4())) > 1


@pytest.mark.parametrize("others", [0, 2])
async def test_a_commit_whose_answer_was_lost_is_found_and_not_a_conflict(
    database: str, key_file: Path, others: int
) -> None:
    """The events are recorded and the connection dies before it answers: the retry meets its own events.

    `others`: streams that are saved together with the check-in's, before it.
    """
    check_in = uuid4()
    async with opened(database, key_file) as (_, writer):
        events = [stored(check_in)]
        with connect(database, name="test") as other:
            first = append(other, events)
        with pytest.raises(IntegrityError):
            await writer.save(events, None)  # never sent before: somebody else's
        with connect(database, name="test") as other:
            held = _hold_the_append_lock(database)
            together = [*(stored(uuid4()) for _ in range(others)), stored(check_in, 2)]
            saving = asyncio.create_task(writer.save(together, None))
            await _until_waiting(other)
            # Our save waits for the lock: record the very same events, then cut our connection.
            second = [_recorded_past_the_lock(other, event) for event in together]
            _cut_the_writers_connection(other)
            held.close()
            assert await saving == second
    assert second[0] > first[0]


async def test_a_save_of_two_streams_of_which_one_is_anothers_is_a_conflict(database: str, key_file: Path) -> None:
    """Its answer was lost too, but what is recorded is not all its own: nothing of it may count as recorded."""
    check_in = uuid4()
    async with opened(database, key_file) as (_, writer):
        with connect(database, name="test") as other:
            held = _hold_the_append_lock(database)
            together = [stored(uuid4()), stored(check_in)]
            saving = asyncio.create_task(writer.save(together, None))
            await _until_waiting(other)
            _recorded_past_the_lock(other, together[1])
            _cut_the_writers_connection(other)
            held.close()
            with pytest.raises(IntegrityError):
                await saving
    with PostgresRecorder(database) as recorder:
        assert len(recorder.select_notifications(0, 9)) == 1


def _hold_the_append_lock(dsn: str) -> Connection[TupleRow]:
    connection = connect(dsn, name="holder")
    connection.execute("SELECT pg_advisory_lock(7305804402510)")
    return connection


def _recorded_past_the_lock(connection: Connection[TupleRow], event: StoredEvent) -> int:
    position: int = connection.execute(
        "INSERT INTO event (originator_id, originator_version, topic, state, recorded_at)"
        " VALUES (%s, %s, %s, %s, now()) RETURNING notification_id",
        (event.originator_id, event.originator_version, event.topic, event.state),
    ).fetchall()[0][0]
    return position


def _cut_the_writers_connection(connection: Connection[TupleRow]) -> int:
    return connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'event writer' AND datname = current_database()"
    ).rowcount


async def _until_waiting(connection: Connection[TupleRow]) -> None:
    for _ in range(3000):
        rows = connection.execute(
            "SELECT FROM pg_stat_activity WHERE application_name = 'event writer' AND wait_event = 'advisory'"
            " AND datname = current_database()"
        ).fetchall()
        if rows:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the writer never waited for the lock")
