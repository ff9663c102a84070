"""A whole burst in one call is the two calls, one after the other."""

from __future__ import annotations

import pytest

from application.check_in_burst import BurstCommand
from application.identify import CandidateUnknown, Identified
from application.read_emotion import EmotionAlreadyRecorded, EmotionNotRead, EmotionRead
from tests.application.faces import ADA, STRANGER, blurred, burst
from tests.application.house import DOOR, House, seen

pytestmark = [pytest.mark.anyio, pytest.mark.models]
ADA_AT_THE_DOOR = burst(ADA)


def sent(frames: tuple[bytes, ...], *, user_id: str | None = None) -> BurstCommand:
    return BurstCommand(station_id=DOOR, jpegs=frames, primary=2, user_id=user_id, burst_id="burst")


async def test_a_burst_is_matched_and_read(house: House) -> None:
    await house.admit("ada", ADA, "face", "emotion")
    outcome = await house.check_in_burst(sent(ADA_AT_THE_DOOR.frames))
    assert isinstance(outcome.identity, Identified)
    assert outcome.identity.name == "Ada"
    assert isinstance(outcome.emotion, EmotionRead)
    assert await house.told("burst") == ["Started", "IdentityMatched", "EmotionRecognised", "Completed"]


async def test_a_retried_burst_answers_what_was_recorded(house: House) -> None:
    await house.admit("ada", ADA, "face", "emotion")
    first = await house.check_in_burst(sent(ADA_AT_THE_DOOR.frames))
    looks, bursts_read = house.recogniser.looks, house.recogniser.bursts_read
    retried = await house.check_in_burst(sent(ADA_AT_THE_DOOR.frames))
    assert isinstance(first.identity, Identified)
    assert isinstance(retried.identity, Identified)
    assert (retried.identity.name, retried.emotion) == (first.identity.name, first.emotion)
    assert retried.identity.check_in.evidence == first.identity.check_in.evidence
    assert (house.recogniser.looks, house.recogniser.bursts_read) == (looks, bursts_read)


async def test_a_burst_meets_the_identify_call_with_its_primary_frame(house: House) -> None:
    await house.admit("ada", ADA, "face", "emotion")
    identified = await house.identified(seen(ADA_AT_THE_DOOR.primary_frame))
    outcome = await house.check_in_burst(sent(ADA_AT_THE_DOOR.frames))
    assert outcome.identity == identified


async def test_a_retry_with_other_frames_around_the_primary_keeps_the_identity_only(house: House) -> None:
    await house.admit("ada", ADA, "face", "emotion")
    await house.check_in_burst(sent(ADA_AT_THE_DOOR.frames))
    others = (*burst(ADA, take=1).frames[:2], *ADA_AT_THE_DOOR.frames[2:])
    outcome = await house.check_in_burst(sent(others))
    assert isinstance(outcome.identity, Identified)
    assert outcome.emotion == EmotionAlreadyRecorded()


async def test_a_blurred_burst_names_its_primary_frame_and_has_no_emotion(house: House) -> None:
    outcome = await house.check_in_burst(sent(blurred(ADA).frames))
    assert isinstance(outcome.identity, Identified)
    refusal = outcome.identity.check_in.refusal
    assert refusal is not None
    assert (refusal.code, refusal.frame) == ("image-blurred", 2)
    assert outcome.emotion is None


async def test_a_strangers_burst_is_unknown_and_not_read(house: House) -> None:
    outcome = await house.check_in_burst(sent(burst(STRANGER).frames))
    assert isinstance(outcome.identity, Identified)
    assert outcome.identity.check_in.status == "unknown"
    assert outcome.emotion == EmotionNotRead("consent")


async def test_a_burst_for_an_unknown_candidate_has_no_emotion(house: House) -> None:
    outcome = await house.check_in_burst(sent(ADA_AT_THE_DOOR.frames, user_id="nobody"))
    assert (outcome.identity, outcome.emotion) == (CandidateUnknown("nobody"), None)
