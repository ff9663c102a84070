"""The read models through the whole record: append, project, read; and what an erasure leaves of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest

from adapters.record import Record, open_record
from application.ports import Embeddings
from domain import check_in as check_ins
from domain import person as persons
from domain.check_in import check_in_id
from tests.event_store.samples import AT, enrolled, felt, later, matched, refused, registered, started

pytestmark = pytest.mark.anyio
MODEL = "resnet-29/1"


@asynccontextmanager
async def opened(dsn: str, key_file: Path) -> AsyncIterator[Record]:
    async with open_record(dsn, key_file) as record:
        yield record


def embedding(seed: int) -> Embeddings:
    return np.random.default_rng(seed).normal(size=128).astype(np.float32)


async def register(record: Record, *, user_id: str = "s-1001", name: str = "Ada Lovelace", seed: int = 1) -> UUID:
    """A registered person with one template."""
    person, template = uuid4(), uuid4()
    await record.people.claim(user_id, person)
    version = len(registered(person))
    await record.store.append(person, 0, registered(person, user_id=user_id, name=name))
    await record.gallery.keep_template(template, person, MODEL, embedding(seed))
    await seen(record, await record.store.append(person, version, enrolled(template, person)))
    return person


async def erase(record: Record, person: UUID) -> None:
    state = persons.replay(person, await record.store.load_person(person))
    assert state is not None
    position = await record.store.append(person, state.version, persons.erase(state, at=AT))
    await record.gallery.purge_templates(state.templates)
    await record.keys.erase(person)
    await seen(record, position)


async def seen(record: Record, position: int) -> None:
    await record.projections.wait(position, 30)


async def test_a_check_in_is_seen_from_start_to_completion(database: str, key_file: Path) -> None:
    station, person = uuid4(), uuid4()
    id = check_in_id(station, "burst-1")
    async with opened(database, key_file) as record:
        await seen(record, await record.store.append(id, 0, started(station)))
        (processing,) = await record.check_ins.recent(limit=5)
        assert (processing.id, processing.station_id, processing.status) == (id, station, "processing")
        assert (processing.started_at, processing.decided_at, processing.confidence) == (AT, None, None)
        await seen(record, await record.store.append(id, 1, [*matched(person), *felt()]))
        (done,) = await record.check_ins.recent(limit=5)
        assert (done.status, done.decided_at, done.confidence) == ("checked_in", later(1), 0.94)
        assert (done.completed, done.position, done.refusal_code) == (True, 4, None)


async def test_a_refused_capture_shows_its_code(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as record:
        await seen(record, await record.store.append(uuid4(), 0, [*started(uuid4()), *refused()]))
        (summary,) = await record.check_ins.recent(limit=5)
        assert (summary.status, summary.refusal_code, summary.completed) == ("refused", "image-blurred", True)


async def test_recent_check_ins_are_those_that_changed_last_and_after_a_position(database: str, key_file: Path) -> None:
    first, second, third = (uuid4() for _ in range(3))
    async with opened(database, key_file) as record:
        for id in (first, second, third):
            await record.store.append(id, 0, started(uuid4()))
        await seen(record, await record.store.append(first, 1, matched(uuid4())))
        assert [one.id for one in await record.check_ins.recent(limit=2)] == [first, third]
        assert [one.id for one in await record.check_ins.recent(limit=9, after_position=2)] == [first, third]


async def test_only_check_ins_that_still_wait_are_undecided(database: str, key_file: Path) -> None:
    waiting, decided, expired = (uuid4() for _ in range(3))
    async with opened(database, key_file) as record:
        for id in (waiting, decided, expired):
            await record.store.append(id, 0, started(uuid4()))
        await record.store.append(decided, 1, refused())
        await seen(record, await record.store.append(expired, 1, [check_ins.Expired(at=later(60))]))
        assert await record.check_ins.undecided_since(later(1)) == [waiting]
        assert await record.check_ins.undecided_since(AT) == []


async def test_a_template_is_searched_once_its_enrolment_is_projected(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as record:
        assert (await record.gallery.snapshot(MODEL)).people == ()
        person, template = uuid4(), uuid4()
        await record.store.append(person, 0, registered(person))
        await record.gallery.keep_template(template, person, MODEL, embedding(7))
        assert (await record.gallery.snapshot(MODEL)).people == ()
        await seen(record, await record.store.append(person, 3, enrolled(template, person)))
        snapshot = await record.gallery.snapshot(MODEL)
        assert snapshot.people == (person,)
        assert snapshot.embeddings.dtype == np.float32
        np.testing.assert_array_equal(snapshot.embeddings, embedding(7)[None])
        assert (await record.gallery.snapshot("another/1")).people == ()


async def test_a_snapshot_is_the_same_object_until_the_gallery_changes(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as record:
        await register(record, seed=1)
        first = await record.gallery.snapshot(MODEL)
        assert await record.gallery.snapshot(MODEL) is first
        with pytest.raises(ValueError, match="read-only"):
            first.embeddings[0, 0] = 0
        await register(record, user_id="s-1002", seed=2)
        assert len((await record.gallery.snapshot(MODEL)).people) == 2
        assert len(first.people) == 1


@pytest.mark.parametrize("how", ["removed", "purged", "erased"])
async def test_what_one_process_removes_the_next_snapshot_of_another_does_not_show(
    database: str, key_file: Path, how: str
) -> None:
    async with opened(database, key_file) as here, opened(database, key_file) as elsewhere:
        person = await register(here)
        await register(here, user_id="s-1002", seed=2)
        assert person in (await elsewhere.gallery.snapshot(MODEL)).people
        state = persons.replay(person, await here.store.load_person(person))
        assert state is not None
        if how == "removed":
            removed = persons.withdraw_consent(state, "face", at=AT)
            await seen(here, await here.store.append(person, state.version, removed))
        elif how == "purged":
            await here.gallery.purge_templates(state.templates)
        else:
            await erase(here, person)
        snapshot = await elsewhere.gallery.snapshot(MODEL)
        assert person not in snapshot.people
        assert snapshot.embeddings.shape == (1, 128)


async def test_people_are_found_by_what_the_organisation_calls_them(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as record:
        bob = await register(record, user_id="s-2", name="Bob", seed=2)
        ada = await register(record, user_id="s-1", name="Ada", seed=1)
        assert await record.people.find("s-1") == ada
        assert await record.people.find("s-3") is None
        assert await record.people.name(bob) == "Bob"
        assert await record.people.name(uuid4()) is None
        assert [(one.id, one.user_id, one.name, one.templates) for one in await record.people.all()] == [
            (ada, "s-1", "Ada", 1),
            (bob, "s-2", "Bob", 1),
        ]


async def test_of_many_who_claim_one_user_id_at_once_one_gets_it(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as here, opened(database, key_file) as elsewhere:
        ids = [uuid4() for _ in range(20)]
        owners = await asyncio.gather(
            *((here if number % 2 else elsewhere).people.claim("s-1001", id) for number, id in enumerate(ids))
        )
        assert len(set(owners)) == 1
        assert owners[0] in ids


async def test_an_erased_person_is_gone_from_every_read_in_every_process_and_their_user_id_is_free(
    database: str, key_file: Path
) -> None:
    async with opened(database, key_file) as here, opened(database, key_file) as elsewhere:
        person = await register(here)
        station = uuid4()
        await here.store.append(check_in_id(station, "burst-1"), 0, [*started(station), *matched(person)])
        assert await elsewhere.people.name(person) == "Ada Lovelace"
        await elsewhere.store.load_person(person)
        await erase(here, person)
        assert await elsewhere.people.find("s-1001") is None
        assert await elsewhere.people.name(person) is None
        assert await elsewhere.people.all() == []
        (reg, *_) = await elsewhere.store.load_person(person)
        assert isinstance(reg, persons.Registered)
        assert reg.name.erased
        (_, match) = await elsewhere.store.load_check_in(check_in_id(station, "burst-1"))
        assert isinstance(match, check_ins.IdentityMatched)
        assert match.person.erased
        assert len(await elsewhere.check_ins.recent(limit=5)) == 1, "counts stay"
        another = uuid4()
        assert await elsewhere.people.claim("s-1001", another) == another
