"""Who is it? What each frame is answered, and what is recorded of it."""

from __future__ import annotations

import msgspec
import pytest

from application.identify import CandidateNotEnrolled, CandidateUnknown, IdentifyCommand
from domain.check_in import Started
from domain.policy import ModelThresholds
from tests.application.faces import ADA, GRACE, STRANGER, blurred, frame
from tests.application.house import DOOR, House, seen

pytestmark = [pytest.mark.anyio, pytest.mark.models]


async def test_an_enrolled_face_is_matched_and_named(house: House) -> None:
    ada = await house.admit("ada", ADA, "face")
    await house.admit("grace", GRACE, "face")
    identified = await house.identified(seen(frame(ADA)))
    assert identified.name == "Ada"
    assert identified.check_in.status == "checked_in"
    assert identified.check_in.person is not None
    assert identified.check_in.person.reveal() == ada
    assert identified.check_in.evidence is not None
    assert identified.check_in.evidence.gallery_people == 2
    assert await house.told("burst") == ["Started", "IdentityMatched"]


async def test_what_is_answered_is_what_is_recorded(house: House) -> None:
    await house.admit("ada", ADA, "face")
    answered = await house.identified(seen(frame(ADA), user_id="ada"))
    assert (await house.identified(seen(frame(ADA), user_id="ada"))) == answered


async def test_a_stranger_is_unknown_and_has_no_name(house: House) -> None:
    await house.admit("ada", ADA, "face")
    await house.admit("grace", GRACE, "face")
    identified = await house.identified(seen(frame(STRANGER)))
    assert (identified.check_in.status, identified.name) == ("unknown", None)
    assert await house.told("burst") == ["Started", "IdentityRejected"]


async def test_an_empty_gallery_knows_nobody(house: House) -> None:
    assert (await house.identified(seen(frame(ADA)))).check_in.status == "unknown"


async def test_thresholds_that_an_administrator_set_decide_and_stand_in_the_evidence(house: House) -> None:
    await house.admit("ada", ADA, "face")
    calibrated = house.recogniser.thresholds
    first = (await house.identified(seen(frame(ADA)))).check_in.evidence
    assert first is not None
    assert (first.threshold, first.margin_required) == (calibrated.identify, calibrated.margin)
    own = ModelThresholds(model=calibrated.model, verify=0.5, identify=0.4, margin=0.1)
    await house.change_policy(lambda policy: policy.overriding(own, own.model), by=None)
    searched = (await house.identified(seen(frame(ADA), "second"))).check_in
    claimed = (await house.identified(seen(frame(ADA), "third", user_id="ada"))).check_in
    assert searched.evidence is not None
    assert claimed.evidence is not None
    assert (searched.evidence.threshold, searched.evidence.margin_required) == (0.4, 0.1)
    assert claimed.evidence.threshold == 0.5
    assert (searched.evidence.distance or 0.0) == first.distance
    assert (searched.status == "checked_in") == ((first.distance or 0.0) <= 0.4)


async def test_a_claimed_person_is_verified_against_their_own_templates_only(house: House) -> None:
    await house.admit("ada", ADA, "face")
    await house.admit("grace", GRACE, "face")
    genuine = await house.identified(seen(frame(ADA), "genuine", user_id="ada"))
    impostor = await house.identified(seen(frame(GRACE), "impostor", user_id="ada"))
    assert (genuine.check_in.status, genuine.name) == ("checked_in", "Ada")
    assert (impostor.check_in.status, impostor.name) == ("mismatch", None)
    assert impostor.check_in.evidence is not None
    assert impostor.check_in.evidence.gallery_people == 1


async def test_a_candidate_that_nobody_is_registered_under_is_unknown_and_leaves_no_trace(house: House) -> None:
    assert await house.identify(seen(frame(ADA), user_id="nobody")) == CandidateUnknown("nobody")
    assert await house.told("burst") == []


async def test_a_candidate_without_a_template_is_not_enrolled_and_leaves_no_trace(house: House) -> None:
    await house.admit("ada", None, "face")
    await house.admit("grace", GRACE, "face")
    assert await house.identify(seen(frame(ADA), user_id="ada")) == CandidateNotEnrolled("ada")
    assert await house.told("burst") == []


async def test_a_candidate_who_is_enrolled_meanwhile_may_be_asked_again_under_the_same_burst_id(house: House) -> None:
    await house.identify(seen(frame(ADA), user_id="ada"))
    await house.admit("ada", ADA, "face")
    assert (await house.identified(seen(frame(ADA), user_id="ada"))).check_in.status == "checked_in"


async def test_a_blurred_frame_is_refused_by_its_number_and_the_check_in_is_over(house: House) -> None:
    command = msgspec.structs.replace(seen(blurred(ADA).primary_frame), frame=2)
    refused = (await house.identified(command)).check_in
    assert refused.status == "refused"
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.refusal.frame) == ("image-blurred", 2)
    assert refused.refusal.value is not None
    assert refused.refusal.limit is not None
    assert refused.refusal.value < refused.refusal.limit
    assert await house.told("burst") == ["Started", "CaptureRefused", "Completed"]


async def test_bytes_that_are_no_picture_are_refused_and_not_an_error(house: House) -> None:
    refused = (await house.identified(seen(b"not a picture"))).check_in
    assert refused.refusal is not None
    assert refused.refusal.code == "image-not-jpeg"


async def test_the_start_of_a_check_in_seals_who_was_claimed(house: House) -> None:
    await house.admit("ada", ADA, "face")
    await house.identified(seen(frame(ADA), user_id="ada"))
    (started, *_) = await house.events("burst")
    assert isinstance(started, Started)
    assert started.claimed is not None
    rows = await house.record.database.fetch("SELECT convert_from(state, 'UTF8') FROM event")
    ada = str(await house.record.people.find("ada"))
    assert [state for (state,) in rows if ada in state or '"Ada"' in state or '"ada"' in state] == []


async def test_the_status_of_a_check_in_can_be_read_without_its_person(house: House) -> None:
    await house.admit("ada", ADA, "face")
    identified = await house.identified(seen(frame(ADA)))
    await house.catch_up()
    (summary,) = await house.record.check_ins.recent(limit=10)
    assert (summary.id, summary.status, summary.station_id) == (identified.check_in.id, "checked_in", DOOR)
    assert summary.decided_at == identified.check_in.decided_at


async def test_without_a_burst_id_the_frame_and_the_candidate_are_the_key(house: House) -> None:
    await house.admit("ada", ADA, "face")
    one = await house.identified(IdentifyCommand(station_id=DOOR, jpeg=frame(ADA)))
    again = await house.identified(IdentifyCommand(station_id=DOOR, jpeg=frame(ADA)))
    claimed = await house.identified(IdentifyCommand(station_id=DOOR, jpeg=frame(ADA), user_id="ada"))
    other_frame = await house.identified(IdentifyCommand(station_id=DOOR, jpeg=frame(ADA, take=1)))
    assert again == one
    assert len({one.check_in.id, claimed.check_in.id, other_frame.check_in.id}) == 3


async def test_an_empty_candidate_is_not_no_candidate(house: House) -> None:
    await house.identified(IdentifyCommand(station_id=DOOR, jpeg=frame(ADA)))
    outcome = await house.identify(IdentifyCommand(station_id=DOOR, jpeg=frame(ADA), user_id=""))
    assert outcome == CandidateUnknown("")
