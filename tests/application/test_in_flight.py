"""Calls in flight: one piece of work for one key at a time, whatever becomes of its callers."""

from __future__ import annotations

import asyncio

import pytest

from application.in_flight import InFlight
from application.ports import Abandoned

pytestmark = pytest.mark.anyio


class Work:
    """Work that ends when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        await self.may_end.wait()
        self.ended += 1
        return self.begun


async def test_calls_with_one_key_share_one_piece_of_work() -> None:
    in_flight, work = InFlight[int](), Work()
    calls = [asyncio.create_task(in_flight.run("key", work)) for _ in range(16)]
    await asyncio.sleep(0)
    work.may_end.set()
    assert await asyncio.gather(*calls) == [1] * 16
    assert work.begun == 1


async def test_calls_with_other_keys_do_not_wait_for_each_other() -> None:
    in_flight, slow, quick = InFlight[int](), Work(), Work()
    waiting = asyncio.create_task(in_flight.run(("id", "digest"), slow))
    quick.may_end.set()
    assert await in_flight.run(("id", "other digest"), quick) == 1
    slow.may_end.set()
    assert await waiting == 1


async def test_a_later_call_does_the_work_again() -> None:
    in_flight, work = InFlight[int](), Work()
    work.may_end.set()
    assert [await in_flight.run("key", work) for _ in range(2)] == [1, 2]


async def test_the_work_goes_on_when_its_callers_go_away() -> None:
    in_flight, work = InFlight[int](), Work()
    caller = asyncio.create_task(in_flight.run("key", work))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    work.may_end.set()
    await in_flight.drain()
    assert work.ended == 1


async def test_one_caller_that_goes_away_takes_nobody_with_it() -> None:
    in_flight, work = InFlight[int](), Work()
    gone, stays = (asyncio.create_task(in_flight.run("key", work)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    work.may_end.set()
    assert await stays == 1


async def test_what_the_work_raises_reaches_every_caller_and_the_next_call_tries_again() -> None:
    in_flight = InFlight[int]()

    async def fail() -> int:
        await asyncio.sleep(0)
        raise LookupError("nothing there")

    outcomes = await asyncio.gather(*(in_flight.run("key", fail) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError] * 3
    work = Work()
    work.may_end.set()
    assert await in_flight.run("key", work) == 1


async def test_draining_with_nothing_in_flight_returns_at_once() -> None:
    await InFlight[int]().drain()


async def test_work_is_wanted_while_anybody_waits_for_it() -> None:
    in_flight, work = InFlight[int](), Work()
    assert not in_flight.wanted("key")
    first, second = (asyncio.create_task(in_flight.run("key", work)) for _ in range(2))
    await asyncio.sleep(0)
    assert in_flight.wanted("key")
    for caller, wanted in ((first, True), (second, False)):
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert in_flight.wanted("key") is wanted
    work.may_end.set()
    await in_flight.drain()


async def test_who_comes_just_as_the_work_was_abandoned_has_it_done_again() -> None:
    in_flight, begun = InFlight[str](), 0

    async def work() -> str:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0)
        if begun == 1:
            raise Abandoned("nobody waited")
        return "done"

    assert await asyncio.gather(*(in_flight.run("key", work) for _ in range(2))) == ["done", "done"]
    assert begun == 2
    assert len(in_flight) == 0
