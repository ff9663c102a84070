"""How does the burst look? Read once, where policy and consent allow, and told to its own station only."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from application.erase_person import ErasureReceipt
from application.ports import Overloaded
from application.read_emotion import (
    CheckInNotFound,
    CheckInRefused,
    CheckInUndecided,
    EmotionAlreadyRecorded,
    EmotionNotRead,
    EmotionRead,
    EmotionRefused,
)
from domain import person as persons
from domain.check_in import EmotionDeclined, check_in_id
from domain.policy import Policy
from inference.worker import InferenceWorker
from tests.application.faces import ADA, STRANGER, burst, faceless, frame
from tests.application.house import BACK_DOOR, DOOR, House, mood, open_house, seen

pytestmark = [pytest.mark.anyio, pytest.mark.models]
ADA_HAPPY = burst(ADA, take=3, expression="happy").frames
ADA_LATER = burst(ADA, take=4, expression="happy").frames


async def check_in_of_ada(house: House, *consents: persons.Purpose) -> UUID:
    """Ada has been matched."""
    await house.admit("ada", ADA, "face", *consents)
    return (await house.identified(seen(frame(ADA)))).check_in.id


async def test_a_consenting_persons_burst_is_read_and_recorded(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    outcome = await house.read_emotion(mood(check_in, ADA_HAPPY))
    assert isinstance(outcome, EmotionRead)
    assert outcome.reading.frames == 6
    assert sum(outcome.reading.probabilities.values()) == pytest.approx(1.0, abs=1e-3)
    assert await house.told("burst") == ["Started", "IdentityMatched", "EmotionRecognised", "Completed"]


async def test_sixteen_retries_at_once_are_one_inference_and_one_emotion(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    outcomes = await asyncio.gather(*(house.read_emotion(mood(check_in, ADA_HAPPY)) for _ in range(16)))
    assert [outcome == outcomes[0] for outcome in outcomes] == [True] * 16
    assert house.recogniser.bursts_read == 1
    assert (await house.told("burst")).count("EmotionRecognised") == 1


async def test_retries_in_two_processes_record_one_emotion_and_answer_the_same(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    async with open_house(database, key_file, worker) as other:
        calls = [place.read_emotion(mood(check_in, ADA_HAPPY)) for place in (house, other) for _ in range(4)]
        outcomes = await asyncio.gather(*calls)
    assert [outcome == outcomes[0] for outcome in outcomes] == [True] * 8
    assert isinstance(outcomes[0], EmotionRead)
    assert (await house.told("burst")).count("EmotionRecognised") == 1


async def test_a_later_retry_answers_what_was_recorded_and_looks_at_nothing(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    first = await house.read_emotion(mood(check_in, ADA_HAPPY))
    assert await house.read_emotion(mood(check_in, ADA_HAPPY)) == first
    assert house.recogniser.bursts_read == 1


async def test_other_frames_after_an_emotion_are_refused(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    await house.read_emotion(mood(check_in, ADA_HAPPY))
    assert await house.read_emotion(mood(check_in, ADA_LATER)) == EmotionAlreadyRecorded()
    assert house.recogniser.bursts_read == 1


async def test_of_two_bursts_at_once_one_is_recorded_and_the_other_told_so(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    outcomes = await asyncio.gather(
        house.read_emotion(mood(check_in, ADA_HAPPY)), house.read_emotion(mood(check_in, ADA_LATER))
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EmotionAlreadyRecorded", "EmotionRead"]


async def test_an_unreadable_burst_does_not_keep_a_good_one_sent_at_once_from_being_read(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    unreadable, good = await asyncio.gather(
        house.read_emotion(mood(check_in, faceless(ADA).frames)), house.read_emotion(mood(check_in, ADA_HAPPY))
    )
    assert isinstance(good, EmotionRead)
    assert isinstance(unreadable, EmotionRefused | EmotionAlreadyRecorded)


async def test_an_unreadable_burst_is_refused_once_and_other_frames_may_follow(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    nobody_there = mood(check_in, faceless(ADA).frames)
    refused = await house.read_emotion(nobody_there)
    assert isinstance(refused, EmotionRefused)
    assert await house.read_emotion(nobody_there) == refused
    assert house.recogniser.bursts_read == 1
    assert isinstance(await house.read_emotion(mood(check_in, ADA_HAPPY)), EmotionRead)
    told = await house.told("burst")
    assert told[2:] == ["EmotionCaptureRefused", "EmotionRecognised", "Completed"]


async def test_where_emotion_is_off_it_is_declined_once_and_nobody_looks(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    async with open_house(database, key_file, worker, policy="off") as off:
        for _ in range(2):
            assert await off.read_emotion(mood(check_in, ADA_HAPPY)) == EmotionNotRead("policy")
        assert off.recogniser.bursts_read == 0
    assert (await house.told("burst"))[2:] == ["EmotionDeclined", "Completed"]
    assert await house.read_emotion(mood(check_in, ADA_HAPPY)) == EmotionNotRead("policy")


async def test_switched_off_in_one_process_it_is_declined_at_once_in_another(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    async with open_house(database, key_file, worker) as other:
        changed = await other.change_policy(lambda policy: structs.replace(policy, emotion="off"), by=None)
        assert isinstance(changed, Policy)
        assert await house.read_emotion(mood(check_in, ADA_HAPPY)) == EmotionNotRead("policy")
    assert house.recogniser.bursts_read == 0


async def test_switched_off_while_the_frames_are_read_nothing_is_recorded_of_them(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    reading = asyncio.create_task(house.read_emotion(mood(check_in, ADA_HAPPY)))
    async with house.meanwhile():
        await house.change_policy(lambda policy: structs.replace(policy, emotion="off"), by=None)
    assert await reading == EmotionNotRead("policy")
    assert (await house.told("burst"))[2:] == ["EmotionDeclined", "Completed"]


async def test_without_consent_emotion_is_declined_and_nobody_looks(house: House) -> None:
    check_in = await check_in_of_ada(house)
    assert await house.read_emotion(mood(check_in, ADA_HAPPY)) == EmotionNotRead("consent")
    assert house.recogniser.bursts_read == 0
    declined = [event.reason for event in await house.events("burst") if isinstance(event, EmotionDeclined)]
    assert declined == ["consent"]


async def test_a_stranger_has_not_consented(house: House) -> None:
    check_in = (await house.identified(seen(frame(STRANGER)))).check_in.id
    assert await house.read_emotion(mood(check_in, burst(STRANGER).frames)) == EmotionNotRead("consent")
    assert house.recogniser.bursts_read == 0


async def test_a_consent_withdrawn_after_the_match_counts(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    ada = await house.person("ada")
    withdrawn = persons.withdraw_consent(ada, "emotion", at=house.clock.now())
    await house.record.store.append(ada.id, ada.version, withdrawn)
    assert await house.read_emotion(mood(check_in, ADA_HAPPY)) == EmotionNotRead("consent")
    assert house.recogniser.bursts_read == 0


async def test_a_consent_withdrawn_while_the_frames_are_read_counts(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    reading = asyncio.create_task(house.read_emotion(mood(check_in, ADA_HAPPY)))
    async with house.meanwhile():
        ada = await house.person("ada")
        withdrawn = persons.withdraw_consent(ada, "emotion", at=house.clock.now())
        await house.record.store.append(ada.id, ada.version, withdrawn)
    assert await reading == EmotionNotRead("consent")
    assert (await house.told("burst"))[2:] == ["EmotionDeclined", "Completed"]


async def test_whoever_was_erased_after_the_match_has_not_consented(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    ada = await house.person("ada")
    async with open_house(database, key_file, worker) as other:
        assert isinstance(await other.erase(ada.id), ErasureReceipt)
    assert await house.read_emotion(mood(check_in, ADA_HAPPY)) == EmotionNotRead("consent")
    assert house.recogniser.bursts_read == 0


async def test_an_emotion_outlives_its_person_without_naming_them(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    first = await house.read_emotion(mood(check_in, ADA_HAPPY))
    await house.erase((await house.person("ada")).id)
    assert await house.read_emotion(mood(check_in, ADA_HAPPY)) == first
    identified = await house.identified(seen(frame(ADA)))
    assert (identified.check_in.status, identified.name) == ("checked_in", None)
    assert identified.check_in.person is not None
    assert identified.check_in.person.erased


async def test_another_station_finds_no_check_in_neither_later_nor_at_once(house: House) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    own, foreign = await asyncio.gather(
        house.read_emotion(mood(check_in, ADA_HAPPY)), house.read_emotion(mood(check_in, ADA_HAPPY, BACK_DOOR))
    )
    assert isinstance(own, EmotionRead)
    assert foreign == CheckInNotFound()
    assert await house.read_emotion(mood(check_in, ADA_HAPPY, BACK_DOOR)) == CheckInNotFound()


async def test_a_check_in_that_never_was_is_not_found(house: House) -> None:
    assert await house.read_emotion(mood(uuid4(), ADA_HAPPY)) == CheckInNotFound()


async def test_an_undecided_check_in_takes_no_emotion(house: House) -> None:
    house.recogniser.gives_up = True
    with pytest.raises(Overloaded):
        await house.identify(seen(frame(ADA)))
    house.recogniser.gives_up = False
    undecided = check_in_id(DOOR, "burst")
    assert await house.read_emotion(mood(undecided, ADA_HAPPY)) == CheckInUndecided()
    assert await house.told("burst") == ["Started"]


async def test_a_refused_capture_takes_no_emotion(house: House) -> None:
    refused = (await house.identified(seen(b"not a picture"))).check_in.id
    assert await house.read_emotion(mood(refused, ADA_HAPPY)) == CheckInRefused()


async def test_an_overloaded_burst_is_read_by_its_retry(
    house: House, database: str, key_file: Path, full_worker: InferenceWorker
) -> None:
    check_in = await check_in_of_ada(house, "emotion")
    async with open_house(database, key_file, full_worker) as busy:
        with pytest.raises(Overloaded):
            await busy.read_emotion(mood(check_in, ADA_HAPPY))
    assert isinstance(await house.read_emotion(mood(check_in, ADA_HAPPY)), EmotionRead)
