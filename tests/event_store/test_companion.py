"""A companion: the event that is committed with the first events of a piece of work, once, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adapters.database import connect
from adapters.event_store.companion import COMPANION, Companion
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.store import PostgresEventStore
from application.ports import Conflict, PersonErased
from domain.audit import ActionRecorded
from tests.event_store.opened_store import opened
from tests.event_store.samples import AT, felt, started

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(database: str, key_file: Path) -> AsyncIterator[PostgresEventStore]:
    async with opened(database, key_file) as (store, _):
        yield store


def entry(stream: UUID) -> ActionRecorded:
    return ActionRecorded(at=AT, by=uuid4(), role="staff", action="changeThing", object=stream, trace_id="0af7")


@contextmanager
def in_company() -> Iterator[Companion]:
    companion = Companion(entry)
    token = COMPANION.set(companion)
    try:
        yield companion
    finally:
        COMPANION.reset(token)


def recorded(dsn: str) -> list[tuple[str, str]]:
    """The topic and the transaction of every event, in order."""
    with connect(dsn, name="test") as connection:
        return connection.execute("SELECT topic, xmin::text FROM event ORDER BY notification_id").fetchall()


async def test_it_is_committed_with_the_first_events_before_them_and_once(
    store: PostgresEventStore, database: str
) -> None:
    told: list[tuple[int, int]] = []
    store.watch(lambda events, position, _: told.append((len(events), position)))
    first, second = uuid4(), uuid4()
    with in_company() as companion:
        assert await store.append(first, 0, started(uuid4())) == 2, "the position is that of the caller's own event"
        assert companion.recorded
        assert await store.append(second, 0, [*started(uuid4()), *felt()]) == 5
    assert told == [(1, 2), (3, 5)]
    (topic, with_it), (_, own), (_, after), *others = recorded(database)
    assert (topic, len(others)) == ("audit.recorded.v1", 2)
    assert with_it == own != after


async def test_a_conflict_that_is_tried_again_leaves_exactly_one(store: PostgresEventStore, database: str) -> None:
    stream = uuid4()
    await store.append(stream, 0, started(uuid4()))
    with in_company() as companion:
        for _ in range(2):
            with pytest.raises(Conflict):
                await store.append(stream, 0, felt())
        assert not companion.recorded
        assert [topic for topic, _ in recorded(database)].count("audit.recorded.v1") == 0
        await store.append(stream, 1, felt())
    assert [topic for topic, _ in recorded(database)].count("audit.recorded.v1") == 1


async def test_of_an_erased_person_neither_is_recorded(
    store: PostgresEventStore, database: str, key_file: Path
) -> None:
    person = uuid4()
    with KeyRing(database, key_file) as another_process:
        await another_process.erase(person)
    with in_company() as companion:
        with pytest.raises(PersonErased):
            await store.append(uuid4(), 0, started(uuid4(), claimed=person))
        assert not companion.recorded
    assert recorded(database) == []


async def test_tasks_of_one_piece_of_work_leave_one_although_the_first_of_them_fails(
    store: PostgresEventStore, database: str
) -> None:
    taken = uuid4()
    await store.append(taken, 0, started(uuid4()))
    with in_company():
        done = await asyncio.gather(
            store.append(taken, 0, felt()),
            *(store.append(uuid4(), 0, started(uuid4())) for _ in range(3)),
            return_exceptions=True,
        )
    assert [isinstance(one, Conflict) for one in done] == [True, False, False, False]
    found = recorded(database)
    ((_, audited),) = [one for one in found if one[0] == "audit.recorded.v1"]
    assert [transaction for _, transaction in found].count(audited) == 2, "with the first that stands"
