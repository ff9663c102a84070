"""Recording: positions in order, saves together, and conflicts for the loser alone."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import EventStore as LibraryEventStore
from eventsourcing.persistence import IntegrityError, NotSupportedError

from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import Recorded, SealingMapper
from adapters.event_store.recorder import PostgresRecorder
from application.ports import Conflict, PersonErased
from tests.event_store.opened_store import append, opened, stored
from tests.event_store.samples import check_in_of, felt, matched, registered, started

pytestmark = pytest.mark.anyio


def _slow_then_quick(dsn: str) -> list[list[int]]:
    """What a reader sees while a slow transaction holds the lower position, and after it: two writers race."""
    seen = []
    with (
        connect(dsn, name="slow") as slow,
        connect(dsn, name="quick") as quick,
        PostgresRecorder(dsn) as recorder,
    ):
        quick.execute("SET lock_timeout = '300ms'")
        with slow.transaction():
            append(slow, [stored(uuid4())])
            with suppress(psycopg.errors.LockNotAvailable):
                append(quick, [stored(uuid4())])
            seen.append([one.id for one in recorder.select_notifications(0, 10)])
        seen.append([one.id for one in recorder.select_notifications(0, 10)])
    return seen


def test_a_lower_position_never_becomes_visible_after_a_higher_one(database: str) -> None:
    during, after = _slow_then_quick(database)
    assert during == [], "the quick writer waits for the slow one"
    assert after == [1]


def test_without_the_lock_a_reader_passes_a_position_that_appears_later(database: str) -> None:
    """The fault that the lock is there for: what the test above would see if it were gone."""
    with connect(database, name="test") as connection:
        (source,) = connection.execute("SELECT pg_get_functiondef('append_events'::regproc)").fetchall()[0]
        assert "PERFORM pg_advisory_xact_lock" in source
        unlocked = source.replace("PERFORM pg_advisory_xact_lock(7305804402510);", "").encode()
        connection.execute(unlocked)
    during, after = _slow_then_quick(database)
    assert during == [2]
    assert after == [1, 2]


async def test_what_was_appended_is_loaded_in_order_with_its_personal_fields(database: str, key_file: Path) -> None:
    person, check_in = uuid4(), uuid4()
    async with opened(database, key_file) as (store, _):
        assert await store.append(person, 0, registered(person)) == 3
        assert await store.append(check_in, 0, check_in_of(person)[:2]) == 5
        assert await store.append(check_in, 2, felt()) == 7
        assert await store.load_person(person) == registered(person)
        assert [type(event).__name__ for event in await store.load_check_in(check_in)] == [
            "Started",
            "IdentityMatched",
            "EmotionRecognised",
            "Completed",
        ]
        assert (await store.load_check_in(check_in))[1] == matched(person)[0]
        assert await store.load_check_in(person) == []
        assert await store.load_check_in(uuid4()) == []
        assert await store.append(check_in, 4, []) == 0


async def test_a_version_that_is_taken_is_a_conflict_and_records_nothing(database: str, key_file: Path) -> None:
    check_in, station = uuid4(), uuid4()
    async with opened(database, key_file) as (store, _):
        await store.append(check_in, 0, started(station))
        with pytest.raises(Conflict):
            await store.append(check_in, 0, [*started(station), *felt()])
        assert len(await store.load_check_in(check_in)) == 1


async def test_a_conflict_among_saves_committed_together_fails_the_loser_alone(database: str, key_file: Path) -> None:
    contested = uuid4()
    streams = [contested, *(uuid4() for _ in range(20)), contested, *(uuid4() for _ in range(20))]
    async with opened(database, key_file) as (store, writer):
        answers = await asyncio.gather(
            *(store.append(stream, 0, started(uuid4())) for stream in streams), return_exceptions=True
        )
        assert writer.groups < len(streams), "nothing was committed together, so nothing was tested"
    lost = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(answer) for answer in lost] == [Conflict]
    with PostgresRecorder(database) as recorder:
        assert len(recorder.select_notifications(0, 1000)) == len(streams) - 1


async def test_concurrent_saves_share_transactions_and_answer_their_own_positions(
    database: str, key_file: Path
) -> None:
    streams = [uuid4() for _ in range(200)]
    async with opened(database, key_file) as (store, writer):
        last = await asyncio.gather(*(store.append(stream, 0, started(uuid4()) + felt()) for stream in streams))
        assert writer.groups <= len(streams) / 4
    with PostgresRecorder(database) as recorder:
        page = recorder.select_notifications(0, 1000)
    assert [one.id for one in page] == sorted(one.id for one in page)
    by_position = {one.id: (one.originator_id, one.originator_version) for one in page}
    assert [by_position[position] for position in last] == [(stream, 3) for stream in streams]


async def test_nothing_is_recorded_about_an_erased_person_even_by_a_process_with_the_key_in_memory(
    database: str, key_file: Path
) -> None:
    person, check_in = uuid4(), uuid4()
    async with opened(database, key_file) as (store, _):
        await store.append(person, 0, registered(person))
        with KeyRing(database, key_file) as another_process:
            await another_process.erase(person)
        with pytest.raises(PersonErased):
            await store.append(check_in, 0, started(uuid4(), claimed=person))
        assert await store.load_check_in(check_in) == []
        assert await store.append(check_in, 0, started(uuid4())) > 0


def test_the_library_reads_and_writes_through_our_recorder_and_mapper(database: str, key_file: Path) -> None:
    person = uuid4()
    with KeyRing(database, key_file) as keys, PostgresRecorder(database) as recorder:
        library = LibraryEventStore(SealingMapper(keys), recorder)
        recorded = [Recorded(person, version, event) for version, event in enumerate(registered(person), 1)]
        recordings = library.put(recorded)
        assert [recording.notification.id for recording in recordings] == [1, 2, 3]
        assert list(library.get(person)) == recorded
        assert list(library.get(person, gt=1, lte=2)) == recorded[1:2]
        assert list(library.get(person, desc=True, limit=1)) == recorded[-1:]
        with pytest.raises(IntegrityError):
            library.put(recorded)


def test_notifications_are_selected_by_position_and_topic(database: str) -> None:
    with PostgresRecorder(database) as recorder:
        assert recorder.max_notification_id() is None
        streams = [uuid4() for _ in range(5)]
        recorder.insert_events([stored(stream) for stream in streams])
        assert [one.id for one in recorder.select_notifications(2, 2)] == [2, 3]
        assert [one.id for one in recorder.select_notifications(2, 9, inclusive_of_start=False)] == [3, 4, 5]
        assert [one.id for one in recorder.select_notifications(None, 9, 2)] == [1, 2]
        assert recorder.select_notifications(0, 9, topics=["checkin.started.v1"]) == []
        assert len(recorder.select_notifications(0, 9, topics=["checkin.expired.v1"])) == 5
        assert recorder.max_notification_id() == 5
        with pytest.raises(NotSupportedError):
            recorder.subscribe()


def test_vacuum_analyse_and_concurrent_indexing_do_not_wait_for_a_writer(database: str) -> None:
    with connect(database, name="writer") as writer, connect(database, name="operator") as operator:
        operator.execute("SET lock_timeout = '2s'")
        with writer.transaction():
            append(writer, [stored(uuid4())])
            operator.execute("ANALYZE event")
            operator.execute("VACUUM event")
