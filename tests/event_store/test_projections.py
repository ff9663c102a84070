"""Projections: exactly once, by one process at a time, whatever breaks; a poison event stops its stream alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projection_operations import retry, status
from adapters.event_store.recorder import PostgresRecorder
from domain.person import Erased
from tests.event_store.tally import Tally, make_tables, record, running, tally

pytestmark = pytest.mark.anyio


@pytest.fixture
def recorder(database: str) -> Iterator[PostgresRecorder]:
    make_tables(database, "tally", "healthy", "people_tally")
    with PostgresRecorder(database) as recorder:
        yield recorder


async def test_what_was_there_and_what_comes_later_is_projected_once(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    early, late = uuid4(), uuid4()
    record(recorder, early, times=50)
    with running(database, key_file, Tally(), page=7) as projector:
        await projector.board.wait(50, 30)
        await projector.board.wait(record(recorder, late, times=3), 30)
        assert tally(database) == {early: 50, late: 3}


async def test_a_restart_goes_on_where_it_stopped(database: str, key_file: Path, recorder: PostgresRecorder) -> None:
    stream = uuid4()
    for start in (1, 11, 21):
        with running(database, key_file, Tally(), page=3) as projector:
            await projector.board.wait(record(recorder, stream, start, times=10), 30)
    assert tally(database) == {stream: 30}


async def test_of_three_processes_one_leads_the_others_follow_and_one_takes_over(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    stream = uuid4()
    with (
        running(database, key_file, Tally()) as first,
        running(database, key_file, Tally()) as second,
        running(database, key_file, Tally()) as third,
    ):
        everyone = [first, second, third]
        position = record(recorder, stream, times=5)
        await asyncio.gather(*(one.board.wait(position, 30) for one in everyone))
        assert [one.leads for one in everyone].count(True) == 1
        leader = next(one for one in everyone if one.leads)
        leader.stop()
        rest = [one for one in everyone if one is not leader]
        position = record(recorder, stream, 6, times=5)
        await asyncio.gather(*(one.board.wait(position, 30) for one in rest))
        assert [one.leads for one in rest].count(True) == 1
    assert tally(database) == {stream: 10}


async def test_it_outlives_the_death_of_its_connections(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    stream = uuid4()
    with running(database, key_file, Tally()) as projector:
        await projector.board.wait(record(recorder, stream), 30)
        with connect(database, name="test") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name IN ('projections', 'recorder') AND datname = current_database()"
            )
        position = 0
        for version in range(2, 22):
            with PostgresRecorder(database) as fresh:
                position = record(fresh, stream, version)
        await projector.board.wait(position, 30)
        assert projector.reconnects >= 1
    assert tally(database) == {stream: 21}


async def test_an_event_recorded_while_it_starts_is_not_missed(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    for _ in range(8):
        with running(database, key_file, Tally(), poll_s=30) as projector:
            await projector.board.wait(record(recorder, uuid4()), 30)


async def test_a_notification_that_is_lost_is_made_up_for_by_polling(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    stream = uuid4()
    with running(database, key_file, Tally(), poll_s=0.2) as projector:
        await projector.board.wait(record(recorder, stream), 30)
        with connect(database, name="test") as connection:
            connection.execute(
                "INSERT INTO event (originator_id, originator_version, topic, state, recorded_at)"
                " SELECT originator_id, 2, topic, state, now() FROM event"
            )
        await projector.board.wait(2, 30)
    assert tally(database) == {stream: 2}


async def test_a_poison_event_parks_its_stream_and_nothing_else_and_is_retried_after_a_fix(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    good, bad = uuid4(), uuid4()
    record(recorder, good, times=10)
    record(recorder, bad, times=4)
    last = record(recorder, good, 11, times=10)
    broken, healthy = Tally(), Tally("healthy")
    broken.poison = {12}
    with running(database, key_file, broken, healthy, page=64) as projector:
        await projector.board.wait(last, 30)
        assert tally(database) == {good: 20, bad: 1}
        assert tally(database, "healthy") == {good: 20, bad: 4}
    with running(database, key_file, broken, healthy) as projector:
        await projector.board.wait(record(recorder, bad, 30), 5)
        assert tally(database)[bad] == 1, "a later event of a parked stream waits behind it"
        by_name = {one.name: one for one in status(database).projections}
        assert (by_name["tally"].parked, by_name["healthy"].parked) == (4, 0)
        with KeyRing(database, key_file) as keys:
            with pytest.raises(ValueError, match="cannot take 12"):
                retry(database, broken, bad, SealingMapper(keys), keys)
            broken.poison = set()
            assert retry(database, broken, bad, SealingMapper(keys), keys) == 4
            assert retry(database, broken, bad, SealingMapper(keys), keys) == 0
        await projector.board.wait(record(recorder, bad, 6), 30)
    assert tally(database) == {good: 20, bad: 6}
    assert tally(database, "healthy") == {good: 20, bad: 6}


async def test_an_event_that_does_not_decode_is_poison_too(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    bad, good = uuid4(), uuid4()
    recorder.insert_events([StoredEvent(bad, 1, "checkin.expired.v1", b'{"at":12}')])
    with running(database, key_file, Tally()) as projector:
        await projector.board.wait(record(recorder, good), 30)
        assert tally(database) == {good: 1}
        assert status(database).projections[0].parked == 1


async def test_read_models_that_do_not_take_an_event_pass_it_all_the_same(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    people = Tally("people_tally", takes=(Erased,))
    with running(database, key_file, people, Tally()) as projector:
        await projector.board.wait(record(recorder, uuid4(), times=5), 30)
        assert projector.board.positions == {"people_tally": 5, "tally": 5}
    assert people.pages == 0


async def test_lag_is_told_in_events_and_in_seconds(database: str, key_file: Path, recorder: PostgresRecorder) -> None:
    with running(database, key_file, Tally()) as projector:
        await projector.board.wait(record(recorder, uuid4(), times=2), 30)
    record(recorder, uuid4(), times=3)
    await asyncio.sleep(0.3)
    (behind,) = status(database).projections
    assert (behind.position, behind.events_behind) == (2, 3)
    assert 0.3 <= behind.seconds_behind < 60
    with running(database, key_file, Tally()) as projector:
        await projector.board.wait(5, 30)
    (level,) = status(database).projections
    assert (level.events_behind, level.seconds_behind) == (0, 0.0)


async def test_waiting_for_a_position_that_does_not_come_times_out(
    database: str, key_file: Path, recorder: PostgresRecorder
) -> None:
    with running(database, key_file, Tally()) as projector:
        await projector.board.wait(record(recorder, uuid4()), 30)
        with pytest.raises(TimeoutError):
            await projector.board.wait(2, 0.1)
