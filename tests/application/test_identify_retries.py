"""A retry meets itself: at the same time, in another process, after a crash or an expiry; never with another frame."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from application.identify import BurstIdReused, Identified
from application.ports import Overloaded
from inference.weights import ModelStore
from inference.worker import InferenceWorker
from tests.application.faces import ADA, GRACE, frame
from tests.application.house import BACK_DOOR, EXPIRE_AFTER_S, House, open_house, seen

pytestmark = [pytest.mark.anyio, pytest.mark.models]


async def test_sixteen_retries_at_once_are_one_check_in_one_decision_and_one_inference(house: House) -> None:
    await house.admit("ada", ADA, "face")
    looks = house.recogniser.looks
    outcomes = await asyncio.gather(*(house.identified(seen(frame(ADA))) for _ in range(16)))
    assert [outcome == outcomes[0] for outcome in outcomes] == [True] * 16
    assert await house.told("burst") == ["Started", "IdentityMatched"]
    assert house.recogniser.looks - looks == 1


async def test_retries_in_two_processes_record_one_decision_and_answer_the_same(
    house: House, database: str, key_file: Path, worker: InferenceWorker
) -> None:
    await house.admit("ada", ADA, "face")
    async with open_house(database, key_file, worker) as other:
        for number in range(5):
            burst_id = f"burst-{number}"
            calls = [place.identified(seen(frame(ADA), burst_id)) for place in (house, other) for _ in range(8)]
            outcomes = await asyncio.gather(*calls)
            assert [outcome == outcomes[0] for outcome in outcomes] == [True] * 16
            assert outcomes[0].check_in.status == "checked_in"
            assert await house.told(burst_id) == ["Started", "IdentityMatched"]


async def test_a_later_retry_answers_what_was_recorded_and_looks_at_nothing(house: House) -> None:
    await house.admit("ada", ADA, "face")
    first = await house.identified(seen(frame(ADA)))
    looks = house.recogniser.looks
    house.clock.pass_s(3600)
    assert await house.identified(seen(frame(ADA))) == first
    assert house.recogniser.looks == looks


async def test_a_retried_refusal_answers_what_was_recorded(house: House) -> None:
    first = await house.identified(seen(b"not a picture"))
    assert await house.identified(seen(b"not a picture")) == first
    assert house.recogniser.looks == 1
    assert await house.told("burst") == ["Started", "CaptureRefused", "Completed"]


async def test_a_retry_after_the_person_was_enrolled_does_not_change_the_decision(house: House) -> None:
    assert (await house.identified(seen(frame(ADA)))).check_in.status == "unknown"
    await house.admit("ada", ADA, "face")
    assert (await house.identified(seen(frame(ADA)))).check_in.status == "unknown"


async def test_another_frame_under_the_same_burst_id_is_refused(house: House) -> None:
    await house.admit("ada", ADA, "face")
    await house.admit("grace", GRACE, "face")
    await house.identified(seen(frame(ADA)))
    assert await house.identify(seen(frame(GRACE))) == BurstIdReused("burst")
    assert await house.told("burst") == ["Started", "IdentityMatched"]


async def test_another_candidate_under_the_same_burst_id_is_refused(house: House) -> None:
    await house.admit("ada", ADA, "face")
    await house.identified(seen(frame(ADA)))
    assert await house.identify(seen(frame(ADA), user_id="ada")) == BurstIdReused("burst")


async def test_two_frames_at_once_under_one_burst_id_are_one_check_in_and_one_refusal(house: House) -> None:
    await house.admit("ada", ADA, "face")
    outcomes = await asyncio.gather(house.identify(seen(frame(ADA))), house.identify(seen(frame(ADA, take=1))))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BurstIdReused", "Identified"]
    assert await house.told("burst") == ["Started", "IdentityMatched"]


async def test_the_same_burst_id_at_another_station_is_another_check_in(house: House) -> None:
    front = await house.identified(seen(frame(ADA)))
    back = await house.identified(replace(seen(frame(GRACE)), station_id=BACK_DOOR))
    assert front.check_in.id != back.check_in.id


async def test_a_call_that_its_caller_gave_up_leaves_a_trace_that_a_retry_decides(house: House) -> None:
    """What waits for the models is given up with it; what they have in hand is decided."""
    await house.admit("ada", ADA, "face")
    caller = asyncio.create_task(house.identify(seen(frame(ADA))))
    await house.until_told("burst")
    caller.cancel()
    await house.identify.in_flight.drain()
    assert await house.told("burst") in (["Started"], ["Started", "IdentityMatched"])
    assert (await house.identified(seen(frame(ADA)))).check_in.status == "checked_in"
    assert await house.told("burst") == ["Started", "IdentityMatched"]


async def test_an_overloaded_call_is_decided_by_its_retry(
    house: House, database: str, key_file: Path, full_worker: InferenceWorker
) -> None:
    await house.admit("ada", ADA, "face")
    async with open_house(database, key_file, full_worker) as busy:
        with pytest.raises(Overloaded):
            await busy.identify(seen(frame(ADA)))
    assert await house.told("burst") == []
    assert (await house.identified(seen(frame(ADA)))).check_in.status == "checked_in"
    assert await house.told("burst") == ["Started", "IdentityMatched"]


async def test_a_crash_after_the_start_leaves_a_trace_that_a_retry_decides(
    house: House, database: str, key_file: Path, model_store: ModelStore
) -> None:
    await house.admit("ada", ADA, "face")
    command = [sys.executable, "-m", "tests.application.crash", database, str(key_file), str(model_store.folder)]
    killed = await asyncio.create_subprocess_exec(*command)
    assert await killed.wait() == -signal.SIGKILL
    assert await house.told("burst") == ["Started"]
    assert (await house.identified(seen(frame(ADA)))).check_in.status == "checked_in"
    assert await house.told("burst") == ["Started", "IdentityMatched"]


async def test_an_expired_check_in_is_decided_by_a_late_retry(house: House) -> None:
    await house.admit("ada", ADA, "face")
    house.recogniser.gives_up = True
    with pytest.raises(Overloaded):
        await house.identify(seen(frame(ADA)))
    house.recogniser.gives_up = False
    assert await house.expire() == 0
    house.clock.pass_s(EXPIRE_AFTER_S + 1)
    await house.catch_up()
    assert await house.expire() == 1
    late = await house.identified(seen(frame(ADA)))
    assert late.check_in.status == "checked_in"
    assert await house.told("burst") == ["Started", "Expired", "IdentityMatched"]
    await house.catch_up()
    (summary,) = await house.record.check_ins.recent(limit=1)
    assert summary.status == "checked_in"


async def test_nothing_expires_before_its_time_nor_once_it_is_decided(house: House) -> None:
    assert isinstance(await house.identify(seen(frame(ADA))), Identified)
    house.clock.pass_s(EXPIRE_AFTER_S + 1)
    await house.catch_up()
    assert await house.expire() == 0
