"""Whose turn it is: the live ones before the backlog, nobody who has left, and no more than can be served soon."""

from __future__ import annotations

import asyncio

import pytest

from application.ports import LIVE, Abandoned, Overloaded, Turn
from inference.jobs import WorkerStopped
from inference.worker import InferenceWorker
from tests.inference.bursts import NOBODY
from tests.inference.held_engine import THRESHOLDS, HeldEngine, look, running, settle


def test_nobody_is_served_who_is_not_waited_for_any_more() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        async with running(engine) as worker:
            first = look(worker, b"first")
            await asyncio.sleep(0)
            await settle(worker, 0)
            wanted = True
            turn = Turn(wanted=lambda: wanted)
            gone = asyncio.ensure_future(worker.look(b"gone", NOBODY, turn=turn))
            await settle(worker, 1)
            wanted = False
            engine.go.set()
            await first
            with pytest.raises(Abandoned):
                await gone
            assert engine.looked_at == [b"first"]

    asyncio.run(scenario())


def test_the_backlog_is_served_after_whoever_stands_at_a_door() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        worker = InferenceWorker(lambda: engine, THRESHOLDS, most_ahead=1000.0)
        await worker.start()
        first = look(worker, b"first")
        await asyncio.sleep(0)
        await settle(worker, 0)
        kept = asyncio.ensure_future(worker.look(b"kept", NOBODY, turn=Turn(backlog=True)))
        await settle(worker, 1)
        live = look(worker, b"live")
        await settle(worker, 2)
        engine.go.set()
        await asyncio.gather(first, kept, live)
        await worker.stop()
        assert engine.looked_at == [b"first", b"live", b"kept"]

    asyncio.run(scenario())


def test_a_full_queue_can_be_asked_before_anything_is_done() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        async with running(engine, queue_size=1) as worker:
            worker.admit()
            tasks = [look(worker)]
            await asyncio.sleep(0)
            await settle(worker, 0)
            tasks.append(look(worker))
            await settle(worker, 1)
            with pytest.raises(Overloaded):
                worker.admit()
            with pytest.raises(Overloaded):
                worker.admit(backlog=True)
            engine.go.set()
            await asyncio.gather(*tasks)

    asyncio.run(scenario())


def test_a_queue_without_patience_lets_in_only_its_bursts() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        worker = InferenceWorker(lambda: engine, THRESHOLDS, queue_size=3, most_ahead=0.0)
        await worker.start()
        for _ in range(3):
            tasks = [look(worker)]
            await asyncio.sleep(0)
            await settle(worker, 0)
            tasks.append(look(worker))
            await settle(worker, 1)
            engine.go.set()
            await asyncio.gather(*tasks)
            engine.go.clear()
        tasks = [look(worker)]
        await asyncio.sleep(0)
        await settle(worker, 0)
        with pytest.raises(Overloaded):
            await look(worker)
        engine.go.set()
        await asyncio.gather(*tasks)
        await worker.stop()

    asyncio.run(scenario())


def test_whoever_has_a_place_is_let_in_and_counts_until_it_leaves() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        engine.go.set()
        worker = InferenceWorker(lambda: engine, THRESHOLDS, queue_size=1, most_ahead=0.0)
        with pytest.raises(WorkerStopped), worker.room(LIVE):
            pass
        await worker.start()
        with worker.room(LIVE) as turn:
            with pytest.raises(Overloaded):
                worker.admit()
            with pytest.raises(Overloaded), worker.room(LIVE):
                pass
            await worker.look(b"kept", NOBODY, turn=turn)
            with pytest.raises(Overloaded):
                worker.admit()
        worker.admit()
        await worker.stop()
        assert engine.looked_at == [b"kept"]

    asyncio.run(scenario())


def test_two_hands_take_two_requests_at_once() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        worker = InferenceWorker(lambda: engine, THRESHOLDS, most_ahead=1000.0, hands=2)
        await worker.start()
        tasks = [look(worker) for _ in range(3)]
        await asyncio.sleep(0)
        await settle(worker, 1)
        engine.go.set()
        await asyncio.gather(*tasks)
        await worker.stop()

    asyncio.run(scenario())
