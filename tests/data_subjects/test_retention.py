"""Retention: what nobody has needed for a set time is forgotten, once, and the history says why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.forgetting import claim_today, forget_once
from application.retain import Forgotten
from domain.person import Erased, FaceRemoved
from tests.application.house import SetClock
from tests.data_subjects.bureau import MODEL, Bureau, open_bureau

pytestmark = pytest.mark.anyio
DAY_S = 86_400
NOTHING = Forgotten(faces=[], people=[])


@pytest.fixture
async def strict(database: str, key_file: Path) -> AsyncIterator[Bureau]:
    """Templates are kept for 30 days without use, people for 90."""
    async with open_bureau(database, key_file, templates_days=30, people_days=90) as bureau:
        yield bureau


async def test_retention_is_off_unless_it_is_set(bureau: Bureau) -> None:
    await bureau.admit("ada", "face", templates=[1])
    bureau.clock.pass_s(10_000 * DAY_S)
    assert await bureau.subjects.apply_retention() == Forgotten(faces=(), people=())
    assert await bureau.templates_kept() == 1


async def test_templates_that_were_not_used_are_purged_and_the_person_stays(strict: Bureau) -> None:
    ada = await strict.admit("ada", "face", templates=[1, 2])
    bob = await strict.admit("bob", "face", templates=[3])
    strict.clock.pass_s(20 * DAY_S)
    await strict.check_in("b-1", bob)
    strict.clock.pass_s(11 * DAY_S)
    assert await strict.subjects.apply_retention() == Forgotten(faces=[ada], people=[])
    assert (await strict.record.gallery.snapshot(MODEL)).people == (bob,)
    assert await strict.templates_kept() == 1
    removed = [event for event in await strict.record.store.load_person(ada) if isinstance(event, FaceRemoved)]
    assert [event.reason for event in removed] == ["retention", "retention"]
    assert await strict.record.people.find("ada") == ada


async def test_a_new_template_starts_the_time_anew(strict: Bureau) -> None:
    ada = await strict.admit("ada", "face", templates=[1])
    strict.clock.pass_s(29 * DAY_S)
    await strict.enrol(ada, 2)
    strict.clock.pass_s(29 * DAY_S)
    assert await strict.subjects.apply_retention() == NOTHING


async def test_people_who_were_not_seen_are_erased_for_good(strict: Bureau) -> None:
    ada = await strict.admit("ada", "face", templates=[1])
    bob = await strict.admit("bob", "face")
    strict.clock.pass_s(80 * DAY_S)
    await strict.check_in("b-1", bob)
    strict.clock.pass_s(11 * DAY_S)
    assert await strict.subjects.apply_retention() == Forgotten(faces=[], people=[ada])
    last = (await strict.record.store.load_person(ada))[-1]
    assert isinstance(last, Erased)
    assert last.reason == "retention"
    assert [one.user_id for one in await strict.record.people.all()] == ["bob"]
    assert await strict.templates_kept() == 0


async def test_a_changed_consent_is_a_sign_of_life(strict: Bureau) -> None:
    ada = await strict.admit("ada", "face")
    strict.clock.pass_s(80 * DAY_S)
    await strict.subjects.change_consent.give(ada, "emotion")
    strict.clock.pass_s(80 * DAY_S)
    assert await strict.subjects.apply_retention() == NOTHING


async def test_a_dry_run_says_what_would_be_forgotten_and_forgets_nothing(strict: Bureau) -> None:
    ada = await strict.admit("ada", "face", templates=[1])
    strict.clock.pass_s(91 * DAY_S)
    bob = await strict.admit("bob", "face", templates=[2])
    strict.clock.pass_s(31 * DAY_S)
    assert await strict.subjects.apply_retention(dry_run=True) == Forgotten(faces=[bob], people=[ada])
    assert await strict.templates_kept() == 2
    assert await strict.told(ada) == ["Registered", "ConsentGiven", "FaceEnrolled"]


async def test_applied_twice_it_forgets_once(strict: Bureau) -> None:
    ada = await strict.admit("ada", "face", templates=[1])
    bob = await strict.admit("bob", "face", templates=[2])
    strict.clock.pass_s(60 * DAY_S)
    await strict.subjects.apply_retention()
    told = [await strict.told(person) for person in (ada, bob)]
    assert await strict.subjects.apply_retention() == NOTHING
    assert [await strict.told(person) for person in (ada, bob)] == told


async def test_of_all_processes_one_applies_it_each_day(strict: Bureau, database: str, key_file: Path) -> None:
    async with open_bureau(database, key_file) as other:
        claims = [await claim_today(bureau.record.database) for bureau in (strict, other, strict)]
        assert claims == [True, False, False]
        await strict.record.database.fetch("UPDATE retention_run SET ran_at = ran_at - interval '24 hours'")
        claims = [await claim_today(bureau.record.database) for bureau in (other, strict)]
        assert claims == [True, False]


async def test_the_daily_run_completes_erasures_and_forgets(database: str, key_file: Path) -> None:
    clock = SetClock()
    async with open_bureau(database, key_file, clock=clock, people_days=90) as bureau:
        await bureau.admit("ada", "face", templates=[1])
        clock.pass_s(91 * DAY_S)
        await forget_once(bureau.subjects, database)
        assert await bureau.record.people.all() == []
