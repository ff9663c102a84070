"""The worker: one thread, warm before it is ready, bounded, and never silently dead."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from application.ports import Look, Mood, Overloaded, Refused
from inference.assembly import open_engine
from inference.engine import Engine
from inference.jobs import WorkerStopped
from inference.opening import open_worker
from inference.weights import ModelStore
from inference.worker import InferenceWorker
from tests.inference.bursts import MIRA, NOBODY, burst
from tests.inference.held_engine import THRESHOLDS, HeldEngine, look, running, settle


def test_the_real_engine_serves_a_look_and_an_emotion_with_the_time_they_waited(model_store: ModelStore) -> None:
    async def scenario() -> None:
        worker = open_worker(model_store)
        await worker.start()
        seen = await worker.look(burst(MIRA).primary_frame, NOBODY)
        assert isinstance(seen, Look)
        assert next(iter(seen.timings_ms)) == "queue"
        mood = await worker.read_emotion(burst(MIRA).frames, seen.box)
        assert isinstance(mood, Mood)
        assert mood.timings_ms["queue"] >= 0
        await worker.stop()

    asyncio.run(scenario())


def test_it_is_ready_only_once_it_is_warm_and_not_after_it_stopped() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        engine.go.set()
        worker = InferenceWorker(lambda: engine, THRESHOLDS)
        assert not worker.ready
        with pytest.raises(WorkerStopped):
            await worker.look(b"", NOBODY)
        await worker.start()
        assert worker.ready
        assert engine.events == ["warm"]
        await worker.stop()
        assert not worker.ready
        with pytest.raises(WorkerStopped):
            await worker.look(b"", NOBODY)

    asyncio.run(scenario())


def test_one_thread_opens_warms_and_serves() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        engine.go.set()
        opened_in = []

        def open_it() -> Engine:
            opened_in.append(threading.current_thread().name)
            return engine

        worker = InferenceWorker(open_it, THRESHOLDS)
        await worker.start()
        await asyncio.gather(*(worker.look(b"", NOBODY) for _ in range(8)))
        await worker.stop()
        assert engine.threads == set(opened_in) == {"inference"}

    asyncio.run(scenario())


def test_one_request_too_many_is_told_when_to_come_back() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        async with running(engine, queue_size=3) as worker:
            tasks = [look(worker)]
            await asyncio.sleep(0)
            await settle(worker, 0)
            tasks += [look(worker) for _ in range(3)]
            await settle(worker, 3)
            with pytest.raises(Overloaded) as overloaded:
                await worker.look(b"", NOBODY)
            assert overloaded.value.retry_after_s > 0
            engine.go.set()
            assert await asyncio.gather(*tasks)
            assert isinstance(await worker.look(b"", NOBODY), Refused)

    asyncio.run(scenario())


def test_a_caller_that_went_away_frees_its_place_and_is_not_served() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        async with running(engine, queue_size=2) as worker:
            first = look(worker, b"first")
            await asyncio.sleep(0)
            await settle(worker, 0)
            gone, second = look(worker, b"gone"), look(worker, b"second")
            await settle(worker, 2)
            gone.cancel()
            await settle(worker, 1)
            third = look(worker, b"third")
            engine.go.set()
            await asyncio.gather(first, second, third)
            assert engine.looked_at == [b"first", b"second", b"third"]

    asyncio.run(scenario())


def test_an_error_reaches_its_caller_and_nobody_else() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        engine.go.set()
        async with running(engine) as worker:
            with pytest.raises(ValueError, match="stumbled"):
                await worker.look(b"broken", NOBODY)
            assert isinstance(await worker.look(b"fine", NOBODY), Refused)
            assert worker.ready

    asyncio.run(scenario())


def test_a_thread_that_dies_says_so_to_everybody(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        async with running(engine) as worker:
            fatal = look(worker, b"fatal")
            await asyncio.sleep(0)
            await settle(worker, 0)
            behind = look(worker, b"behind")
            await settle(worker, 1)
            engine.go.set()
            with pytest.raises(WorkerStopped):
                await fatal
            with pytest.raises(WorkerStopped):
                await behind
            assert not worker.ready
            with pytest.raises(WorkerStopped) as later:
                await worker.look(b"later", NOBODY)
            assert isinstance(later.value.__cause__, SystemExit)

    with caplog.at_level(logging.CRITICAL):
        asyncio.run(scenario())
    assert "inference failed" in caplog.text


def test_models_that_cannot_be_opened_are_told_to_whoever_starts_it() -> None:
    async def scenario() -> None:
        def open_it() -> Engine:
            raise FileNotFoundError("no models here")

        worker = InferenceWorker(open_it, THRESHOLDS)
        with pytest.raises(FileNotFoundError, match="no models here"):
            await worker.start()
        assert not worker.ready

    asyncio.run(scenario())


def test_stopping_answers_those_who_wait() -> None:
    async def scenario() -> None:
        engine = HeldEngine()
        worker = InferenceWorker(lambda: engine, THRESHOLDS)
        await worker.start()
        first = look(worker)
        await asyncio.sleep(0)
        await settle(worker, 0)
        waiting = look(worker)
        await settle(worker, 1)
        stopping = asyncio.ensure_future(worker.stop())
        await asyncio.sleep(0.01)
        engine.go.set()
        assert isinstance(await first, Refused)
        with pytest.raises(WorkerStopped):
            await waiting
        await stopping

    asyncio.run(scenario())


def test_torch_and_onnx_runtime_see_the_same(model_store: ModelStore) -> None:
    pytest.importorskip("torch")
    by_torch = open_engine(model_store, device="torch-cpu").look(burst(MIRA).primary_frame, NOBODY)
    by_onnx = open_engine(model_store).look(burst(MIRA).primary_frame, NOBODY)
    assert isinstance(by_torch, Look)
    assert isinstance(by_onnx, Look)
    assert abs(by_torch.embedding - by_onnx.embedding).max() < 1e-3
