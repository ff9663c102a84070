"""Serves the engine to asynchronous callers: one thread owns the models, in front of it stands a bounded queue."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from time import perf_counter
from typing import Generic, TypeVar

import msgspec

from application.ports import Embeddings, Look, Mood, Overloaded, RecogniserStopped, Refused
from domain.face import Box
from domain.matching import Thresholds
from inference.engine import Engine

Answer = TypeVar("Answer", bound=Look | Mood | Refused)
_log = logging.getLogger(__name__)
_LEAST_RETRY_S = 0.1
_SERVICE_MEMORY = 0.1


class WorkerStopped(RecogniserStopped):
    """The inference thread does not run: it was not started, was stopped, or failed (then that is the cause)."""


class _Job(Generic[Answer]):
    def __init__(self, work: Callable[[Engine], Answer]) -> None:
        self.work = work
        self.answer: Future[Answer] = Future()
        self.queued_at = perf_counter()

    def run(self, engine: Engine) -> None:
        """Answer the caller, unless it has gone. The engine's exceptions go to the caller too."""
        if not self.answer.set_running_or_notify_cancel():
            return
        waited_ms = (perf_counter() - self.queued_at) * 1e3
        try:
            answer = self.work(engine)
        except Exception as error:
            self.answer.set_exception(error)
        except BaseException as error:  # the thread dies of it; handed on as it is, it would stop the caller's loop too
            stopped = WorkerStopped("the inference thread failed")
            stopped.__cause__ = error
            self.answer.set_exception(stopped)
            raise
        else:
            timings = {"queue": waited_ms} | answer.timings_ms
            self.answer.set_result(msgspec.structs.replace(answer, timings_ms=timings))


class InferenceWorker:
    """The `Recogniser` port. `open_engine` is called in the thread that will serve, and so is the engine's warm-up.

    At most `queue_size` requests wait; one more raises `Overloaded` at once. A caller that is cancelled while it waits
    is taken out of the queue. Requests are served in their order, one by one: at this size a batch of faces from
    several callers would save little, since only the embedding could share it.
    """

    def __init__(self, open_engine: Callable[[], Engine], thresholds: Thresholds, *, queue_size: int = 16) -> None:
        self._open_engine, self._thresholds, self._queue_size = open_engine, thresholds, queue_size
        self._changed = threading.Condition()  # guards everything below
        self._waiting: deque[_Job[Look | Refused] | _Job[Mood | Refused]] = deque()
        self._serving = False
        self._stopping = False
        self._failure: BaseException | None = None
        self._service_s = 0.02
        self._thread: threading.Thread | None = None

    @property
    def thresholds(self) -> Thresholds:
        return self._thresholds

    @property
    def ready(self) -> bool:
        """Whether the models are warm and the thread takes requests."""
        return self._serving

    @property
    def waiting(self) -> int:
        """How many requests wait now."""
        return len(self._waiting)

    async def start(self) -> None:
        """Returns once every stage is warm. Raises what loading raised."""
        if self._thread is not None:
            raise WorkerStopped("an inference worker is started once")
        started: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, args=(started,), name="inference", daemon=True)
        self._thread.start()
        await asyncio.wrap_future(started)

    async def stop(self) -> None:
        """Finish the request in hand; those that wait get `WorkerStopped`."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0) -> Look | Refused:
        job: _Job[Look | Refused] = _Job(lambda engine: engine.look(jpeg, templates, frame))
        self._queue(job)
        return await self._answer(job)

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None) -> Mood | Refused:
        job: _Job[Mood | Refused] = _Job(lambda engine: engine.read_emotion(jpegs, near))
        self._queue(job)
        return await self._answer(job)

    def _queue(self, job: _Job[Look | Refused] | _Job[Mood | Refused]) -> None:
        with self._changed:
            if not self._serving:
                raise WorkerStopped("inference does not run") from self._failure
            if len(self._waiting) >= self._queue_size:
                raise Overloaded(max(_LEAST_RETRY_S, round(len(self._waiting) * self._service_s, 2)))
            self._waiting.append(job)
            self._changed.notify()

    async def _answer(self, job: _Job[Answer]) -> Answer:
        try:
            return await asyncio.wrap_future(job.answer)
        finally:
            if job.answer.cancelled():
                with self._changed:
                    self._waiting = deque(other for other in self._waiting if other is not job)

    def _serve(self, started: Future[None]) -> None:
        """The inference thread, from its first breath to its last."""
        try:
            engine = self._open_engine()
            engine.warm_up()
            with self._changed:
                self._serving = not self._stopping
            started.set_result(None)
            while (job := self._next()) is not None:
                begun = perf_counter()
                job.run(engine)
                self._service_s += _SERVICE_MEMORY * (perf_counter() - begun - self._service_s)
        except BaseException as error:
            self._failure = error
            if started.done():
                _log.critical("the inference thread failed", exc_info=error)
            else:
                started.set_exception(error)
        finally:
            self._close()

    def _next(self) -> _Job[Look | Refused] | _Job[Mood | Refused] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            return None if self._stopping else self._waiting.popleft()

    def _close(self) -> None:
        with self._changed:
            self._serving = False
            abandoned = list(self._waiting)
            self._waiting.clear()
        for job in abandoned:
            if job.answer.set_running_or_notify_cancel():
                stopped = WorkerStopped("inference stopped before this request was served")
                stopped.__cause__ = self._failure
                job.answer.set_exception(stopped)
