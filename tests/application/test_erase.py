"""Erasing somebody: gone everywhere at once, and nothing of them comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from application.enrol_photographs import Photograph
from application.erase_person import ErasureReceipt
from application.identify import CandidateNotEnrolled, CandidateUnknown, Identified
from application.people import PersonNotFound
from application.register_person import PersonRegistered
from domain import person as persons
from domain.check_in import IdentityMatched, Started
from domain.person import Registered
from inference.worker import InferenceWorker
from tests.application.faces import ADA, GRACE, frame
from tests.application.house import House, open_house, seen

_WAITING = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND ltrim(query, E'\\n') LIKE %s
"""
pytestmark = [pytest.mark.anyio, pytest.mark.models]


async def test_an_erased_person_is_gone_from_every_process_at_once(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    ada = await house.admit("ada", ADA, "face")
    await house.admit("grace", GRACE, "face")
    async with open_house(database, key_file, worker) as other:
        assert (await other.identified(seen(frame(ADA), "before"))).name == "Ada"
        assert isinstance(await house.erase(ada), ErasureReceipt)
        for place in (house, other):
            snapshot = await place.record.gallery.snapshot(place.recogniser.thresholds.model)
            assert ada not in snapshot.people
            assert await place.record.people.find("ada") is None
            assert [summary.user_id for summary in await place.record.people.all()] == ["grace"]
            after = await place.identified(seen(frame(ADA, take=1), "after"))
            assert (after.check_in.status, after.name) == ("unknown", None)
            assert await place.identify(seen(frame(ADA), "claimed", user_id="ada")) == CandidateUnknown("ada")


async def test_what_was_recorded_of_an_erased_person_stays_and_names_nobody(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    ada = await house.admit("ada", ADA, "face")
    async with open_house(database, key_file, worker) as other:
        before = await other.identified(seen(frame(ADA), user_id="ada"))
        await house.erase(ada)
        after = await other.identified(seen(frame(ADA), user_id="ada"))
    assert after.name is None
    assert after.check_in.person is not None
    assert after.check_in.person.erased
    assert after.check_in.claimed is not None
    assert after.check_in.claimed.erased
    assert (after.check_in.status, after.check_in.evidence) == ("checked_in", before.check_in.evidence)


async def test_nothing_of_an_erased_person_is_left_in_the_clear(house: House) -> None:
    ada = await house.admit("ada", ADA, "face", "emotion")
    await house.erase(ada)
    (registered, *_) = await house.record.store.load_person(ada)
    assert isinstance(registered, Registered)
    assert registered.name.erased
    assert registered.user_id.erased
    assert await house.templates_kept() == 0
    assert await house.record.database.fetch("SELECT person FROM user_id_claim WHERE person = %s", (ada,)) == []


async def test_erasing_twice_is_erasing_once(house: House) -> None:
    ada = await house.admit("ada", ADA, "face")
    receipt = await house.erase(ada)
    events = await house.record.store.load_person(ada)
    assert await house.erase(ada) == receipt
    assert await house.record.store.load_person(ada) == events


async def test_an_erasure_that_was_cut_short_is_completed_by_the_next(house: House) -> None:
    await house.admit("ada", ADA, "face")
    ada = await house.person("ada")
    await house.record.store.append(ada.id, ada.version, persons.erase(ada, at=house.clock.now()))
    (registered, *_) = await house.record.store.load_person(ada.id)
    assert isinstance(registered, Registered)
    assert not registered.name.erased
    assert isinstance(await house.erase(ada.id), ErasureReceipt)
    (registered, *_) = await house.record.store.load_person(ada.id)
    assert isinstance(registered, Registered)
    assert registered.name.erased
    assert await house.templates_kept() == 0


async def test_a_template_kept_by_an_enrolment_that_was_cut_short_is_erased_with_its_person(house: House) -> None:
    ada = await house.admit("ada", ADA, "face")
    snapshot = await house.record.gallery.snapshot(house.recogniser.thresholds.model)
    await house.record.gallery.keep_template(uuid4(), ada, snapshot.model, snapshot.embeddings[0])
    assert await house.templates_kept() == 2
    await house.erase(ada)
    assert await house.templates_kept() == 0


async def test_the_user_id_of_an_erased_person_may_be_given_again(house: House) -> None:
    ada = await house.admit("ada", ADA, "face")
    await house.erase(ada)
    again = await house.register(user_id="ada", name="Ada", consents=["face"])
    assert isinstance(again, PersonRegistered)
    assert again.person != ada
    outcomes = await house.enrol(again.person, [Photograph("front.jpg", frame(ADA))])
    assert isinstance(outcomes, list)
    assert (await house.identified(seen(frame(ADA, take=1)))).name == "Ada"


async def test_nobody_enrols_an_erased_person(house: House) -> None:
    ada = await house.admit("ada", ADA, "face")
    await house.erase(ada)
    assert await house.enrol(ada, [Photograph("front.jpg", frame(ADA))]) == PersonNotFound()


async def test_a_person_who_never_was_cannot_be_erased(house: House) -> None:
    assert await house.erase(uuid4()) == PersonNotFound()


@pytest.mark.parametrize("user_id", [None, "ada"])
async def test_whoever_is_erased_while_they_check_in_is_named_by_no_event(
    house: House, database: str, key_file: Path, worker: InferenceWorker, user_id: str | None
) -> None:
    ada = await house.admit("ada", ADA, "face")
    async with open_house(database, key_file, worker) as other:
        commands = [seen(frame(ADA), f"burst-{number}", user_id=user_id) for number in range(8)]
        calls = [asyncio.create_task(house.identify(command)) for command in commands]
        async with house.meanwhile(calls=8):
            await other.erase(ada)
        outcomes = await asyncio.gather(*calls)
    gone = (CandidateUnknown("ada"), CandidateNotEnrolled("ada"))
    answered = [outcome for outcome in outcomes if isinstance(outcome, Identified)]
    assert {outcome.check_in.status for outcome in answered} <= {"unknown"}
    assert [outcome for outcome in outcomes if outcome not in answered and outcome not in gone] == []
    assert user_id is not None or len(answered) == 8
    events = [event for number in range(8) for event in await house.events(f"burst-{number}")]
    named = [event.person for event in events if isinstance(event, IdentityMatched)]
    claimed = [event.claimed for event in events if isinstance(event, Started) and event.claimed is not None]
    assert [personal for personal in (*named, *claimed) if not personal.erased] == []


async def waiting_for_a_lock(house: House, statement: str) -> None:
    """Return once a connection waits in such a statement until another lets go."""
    async with asyncio.timeout(30):
        while not await house.record.database.fetch(_WAITING, (statement,)):  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.005)


async def test_purging_templates_and_projecting_their_removal_never_wait_for_each_other(house: House) -> None:
    ada = await house.admit("ada", ADA, "face")
    (template,) = (await house.person("ada")).templates
    async with house.record.database.connection() as projecting, projecting.transaction():
        await projecting.execute("DELETE FROM gallery WHERE person = %s", (ada,))
        purging = asyncio.create_task(house.record.gallery.purge_templates([template]))
        await waiting_for_a_lock(house, "DELETE FROM face_template%")
        await projecting.execute("DELETE FROM face_template WHERE person = %s", (ada,))
    await purging
    assert await house.templates_kept() == 0
