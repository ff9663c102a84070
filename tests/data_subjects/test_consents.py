"""Consents, one purpose at a time: what is withdrawn ends at once."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from application.change_consent import ConsentStands
from application.people import PersonNotFound
from application.register_person import CONSENT_TEXT_VERSION
from domain.person import ConsentGiven, FaceRemoved
from tests.data_subjects.bureau import MODEL, Bureau, open_bureau

pytestmark = pytest.mark.anyio


async def test_a_consent_is_given_to_the_text_in_force(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face")
    outcome = await bureau.subjects.change_consent.give(ada, "emotion")
    assert outcome == ConsentStands(person=ada, consents=frozenset({"face", "emotion"}))
    last = (await bureau.record.store.load_person(ada))[-1]
    assert last == ConsentGiven(at=bureau.clock.now(), purpose="emotion", text_version=CONSENT_TEXT_VERSION)


async def test_what_is_given_or_withdrawn_already_is_not_recorded_again(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face")
    await bureau.subjects.change_consent.give(ada, "face")
    await bureau.subjects.change_consent.withdraw(ada, "emotion")
    assert await bureau.told(ada) == ["Registered", "ConsentGiven"]


async def test_withdrawing_the_face_consent_purges_every_template_in_every_process(
    bureau: Bureau, database: str, key_file: Path
) -> None:
    ada = await bureau.admit("ada", "face", "emotion", templates=[1, 2])
    bob = await bureau.admit("bob", "face", templates=[3])
    async with open_bureau(database, key_file) as other:
        assert len((await other.record.gallery.snapshot(MODEL)).people) == 3
        outcome = await bureau.subjects.change_consent.withdraw(ada, "face")
        assert outcome == ConsentStands(person=ada, consents=frozenset({"emotion"}))
        assert (await other.record.gallery.snapshot(MODEL)).people == (bob,)
    assert await bureau.templates_kept() == 1
    removed = [event for event in await bureau.record.store.load_person(ada) if isinstance(event, FaceRemoved)]
    assert [event.reason for event in removed] == ["withdrawn", "withdrawn"]
    assert [one.templates for one in await bureau.record.people.all()] == [0, 1]


async def test_withdrawing_the_emotion_consent_leaves_the_templates(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face", "emotion", templates=[1])
    await bureau.subjects.change_consent.withdraw(ada, "emotion")
    assert await bureau.templates_kept() == 1


async def test_a_consent_given_again_brings_no_template_back(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face", templates=[1])
    await bureau.subjects.change_consent.withdraw(ada, "face")
    await bureau.subjects.change_consent.give(ada, "face")
    assert await bureau.templates_kept() == 0
    assert (await bureau.record.gallery.snapshot(MODEL)).people == ()


async def test_nobody_agrees_for_somebody_erased_or_unknown(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face")
    await bureau.subjects.erase_person(ada)
    for person in (ada, uuid4()):
        assert await bureau.subjects.change_consent.give(person, "emotion") == PersonNotFound()
        assert await bureau.subjects.change_consent.withdraw(person, "face") == PersonNotFound()
