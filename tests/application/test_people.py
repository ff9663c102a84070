"""Registering and enrolling: who is taken on, and each photograph accepted or refused by its name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from application.enrol_photographs import Photograph, PhotographAccepted, PhotographOutcome, PhotographRefused
from application.people import PersonNotFound
from application.register_person import PersonRegistered, UserIdTaken
from domain import person as persons
from domain.person import ConsentMissing
from inference.worker import InferenceWorker
from tests.application.faces import ADA, GRACE, STRANGER, blurred, frame
from tests.application.house import House, open_house, seen

pytestmark = [pytest.mark.anyio, pytest.mark.models]
FRONT = Photograph("front.jpg", frame(ADA))
SIDE = Photograph("side.jpg", frame(ADA, take=1))


def codes(outcomes: object) -> dict[str, str]:
    """What became of each photograph, by its name."""
    assert isinstance(outcomes, list)
    return {outcome.name: _code(outcome) for outcome in outcomes}


def _code(outcome: PhotographOutcome) -> str:
    return "accepted" if isinstance(outcome, PhotographAccepted) else outcome.code


async def test_a_registered_person_is_found_by_their_user_id_at_once(house: House) -> None:
    outcome = await house.register(user_id="ada", name="Ada", consents=["face"])
    assert isinstance(outcome, PersonRegistered)
    assert await house.record.people.find("ada") == outcome.person
    assert await house.record.people.name(outcome.person) == "Ada"


async def test_a_user_id_is_given_once_even_to_sixteen_who_ask_at_once(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    async with open_house(database, key_file, worker) as other:
        outcomes = await asyncio.gather(
            *(
                place.register(user_id="ada", name=f"Ada {number}", consents=[])
                for place in (house, other)
                for number in range(8)
            )
        )
    registered = {outcome.person for outcome in outcomes if isinstance(outcome, PersonRegistered)}
    assert len(registered) == 1
    taken = [outcome for outcome in outcomes if isinstance(outcome, UserIdTaken)]
    assert len(taken) in (14, 15)  # both houses may have asked in the same name
    assert {summary.id for summary in await house.record.people.all()} == registered


async def test_a_retried_registration_answers_the_person_that_the_first_one_made(house: House) -> None:
    first = await house.register(user_id="ada", name="Ada", consents=["face"])
    assert await house.register(user_id="ada", name="Ada", consents=["face"]) == first
    assert await house.register(user_id="ada", name="Ada", consents=["face", "emotion"]) == UserIdTaken("ada")
    assert await house.register(user_id="ada", name="Grace", consents=["face"]) == UserIdTaken("ada")


async def test_a_photograph_that_is_sent_again_is_enrolled_once(house: House) -> None:
    ada = await house.admit("ada", None, "face")
    first = await house.enrol(ada, [FRONT])
    assert await house.enrol(ada, [FRONT, SIDE]) != first
    assert await house.enrol(ada, [FRONT]) == first
    (summary,) = await house.record.people.all()
    assert summary.templates == 2


async def test_a_registration_that_was_cut_short_is_completed_by_the_next(house: House) -> None:
    claimed = uuid4()
    assert await house.record.people.claim("ada", claimed) == claimed
    assert await house.register(user_id="ada", name="Ada", consents=["face"]) == PersonRegistered(claimed)


async def test_each_photograph_is_accepted_or_refused_by_its_name(house: House) -> None:
    ada = await house.admit("ada", None, "face")
    outcomes = await house.enrol(
        ada,
        [
            FRONT,
            Photograph("blurred.jpg", blurred(ADA).primary_frame),
            Photograph("notes.txt", b"not a picture"),
            Photograph("grace.jpg", frame(GRACE)),
            SIDE,
        ],
    )
    assert codes(outcomes) == {
        "front.jpg": "accepted",
        "blurred.jpg": "image-blurred",
        "notes.txt": "image-not-jpeg",
        "grace.jpg": "photograph-of-another",
        "side.jpg": "accepted",
    }
    (summary,) = await house.record.people.all()
    assert summary.templates == 2


async def test_a_photograph_of_another_is_refused_with_its_distance_and_the_limit(house: House) -> None:
    ada = await house.admit("ada", ADA, "face")
    outcomes = await house.enrol(ada, [Photograph("grace.jpg", frame(GRACE))])
    assert isinstance(outcomes, list)
    (refused,) = outcomes
    assert isinstance(refused, PhotographRefused)
    assert refused.limit == house.recogniser.thresholds.verify
    assert refused.distance is not None
    assert refused.distance > refused.limit


async def test_a_face_that_is_enrolled_already_is_refused_to_another_person(house: House) -> None:
    await house.admit("ada", ADA, "face")
    double = await house.admit("double", None, "face")
    outcomes = await house.enrol(double, [FRONT, Photograph("stranger.jpg", frame(STRANGER))])
    assert codes(outcomes) == {"front.jpg": "face-already-enrolled", "stranger.jpg": "accepted"}


async def test_without_consent_to_their_face_nobody_is_enrolled_and_no_photograph_is_looked_at(house: House) -> None:
    ada = await house.admit("ada", None, "emotion")
    assert await house.enrol(ada, [FRONT]) == ConsentMissing("face")
    assert house.recogniser.looks == 0


async def test_a_person_who_never_was_cannot_be_enrolled(house: House) -> None:
    assert await house.enrol(uuid4(), [FRONT]) == PersonNotFound()


async def test_an_enrolled_face_is_matched_at_once_in_another_process(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    async with open_house(database, key_file, worker) as other:
        assert (await other.identified(seen(frame(ADA, take=1), "before"))).check_in.status == "unknown"
        await house.admit("ada", ADA, "face")
        assert (await other.identified(seen(frame(ADA, take=1), "after"))).check_in.status == "checked_in"


async def test_whoever_withdraws_their_consent_during_an_enrolment_has_no_template(house: House) -> None:
    ada = await house.admit("ada", None, "face")
    enrolment = asyncio.create_task(house.enrol(ada, [FRONT, SIDE]))
    async with house.meanwhile():
        state = await house.person("ada")
        withdrawn = persons.withdraw_consent(state, "face", at=house.clock.now())
        await house.record.store.append(ada, state.version, withdrawn)
    assert await enrolment == ConsentMissing("face")
    assert await house.templates_kept() == 0


async def test_whoever_is_erased_during_an_enrolment_has_no_template(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    ada = await house.admit("ada", None, "face")
    async with open_house(database, key_file, worker) as other:
        enrolment = asyncio.create_task(house.enrol(ada, [FRONT, SIDE]))
        async with house.meanwhile():
            await other.erase(ada)
        assert await enrolment == PersonNotFound()
    assert await house.templates_kept() == 0
