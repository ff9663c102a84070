"""An engine that a test holds and lets go, and the worker in front of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from application.ports import Look, Mood, Refused
from domain.face import Box
from domain.refusal import Refusal
from inference.engine import Engine
from inference.pixels import Floats
from inference.thresholds import thresholds_of
from inference.worker import InferenceWorker
from tests.inference.bursts import NOBODY

THRESHOLDS = thresholds_of("resnet-29.v1")
DONE = Refused(refusal=Refusal(code="no-face"), timings_ms={})


class HeldEngine(Engine):
    """An engine that works only while its test lets it."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.looked_at: list[bytes] = []
        self.threads: set[str] = set()
        self.events: list[str] = []

    def warm_up(self) -> None:
        self.threads.add(threading.current_thread().name)
        self.events.append("warm")

    def look(self, jpeg: bytes, templates: Floats, frame: int = 0) -> Look | Refused:
        assert self.go.wait(30)
        self.threads.add(threading.current_thread().name)
        self.looked_at.append(jpeg)
        if jpeg == b"broken":
            raise ValueError("the engine stumbled")
        if jpeg == b"fatal":
            raise SystemExit("the engine died")
        return DONE

    def read_emotion(self, jpegs: Sequence[bytes], near: Box | None) -> Mood | Refused:
        return DONE


@asynccontextmanager
async def running(engine: Engine, queue_size: int = 16) -> AsyncIterator[InferenceWorker]:
    worker = InferenceWorker(lambda: engine, THRESHOLDS, queue_size=queue_size)
    await worker.start()
    try:
        yield worker
    finally:
        if isinstance(engine, HeldEngine):
            engine.go.set()
        await worker.stop()


def look(worker: InferenceWorker, jpeg: bytes = b"") -> asyncio.Task[Look | Refused]:
    return asyncio.ensure_future(worker.look(jpeg, NOBODY))


async def settle(worker: InferenceWorker, waiting: int) -> None:
    async with asyncio.timeout(30):
        while worker.waiting != waiting:  # noqa: ASYNC110 - the thread that changes it knows no loop
            await asyncio.sleep(0.001)
