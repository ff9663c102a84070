"""Serves the engine to asynchronous callers: one thread owns the models, in front of it stands a bounded queue."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from time import perf_counter
from typing import Generic, Literal, TypeVar

import msgspec

from application.ports import LIVE, Abandoned, Embeddings, Look, Mood, Overloaded, RecogniserStopped, Refused, Turn
from domain.face import Box
from domain.matching import Thresholds
from inference.admission import Admission
from inference.engine import Engine
from inference.waiting_line import WaitingLine

Answer = TypeVar("Answer", bound=Look | Mood | Refused)
_log = logging.getLogger(__name__)
MOST_AHEAD = 1.5
"""Looks, bursts apart: a person at the door is answered soon, or told to wait."""
_LEAST_IN_HAND = 0.2  # of a look: what takes longer than it should is not done yet
_GIVE_UP_S = 5.0
_LEAST_RETRY_S = 0.1
_SERVICE_MEMORY = 0.1
Work = Literal["look", "emotion"]


class WorkerStopped(RecogniserStopped):
    """The inference thread does not run: it was not started, was stopped, or failed (then that is the cause)."""


class _Job(Generic[Answer]):
    """`expected_s`: how long it will take once its turn has come, by what such work took lately."""

    def __init__(self, kind: Work, work: Callable[[Engine], Answer], turn: Turn, expected_s: float) -> None:
        self.kind: Work = kind
        self.work = work
        self.turn = turn
        self.expected_s = expected_s
        self.answer: Future[Answer] = Future()
        self.queued_at = perf_counter()

    @property
    def backlog(self) -> bool:
        return self.turn.backlog

    def run(self, engine: Engine, done: Callable[[float | None], None]) -> None:
        """Answer the caller, unless it has gone. The engine's exceptions go to it too.

        `done` hears how long the work took, None where there was none, before the caller hears anything.
        """
        if not self.answer.set_running_or_notify_cancel():
            return done(None)
        begun = perf_counter()
        waited_s = begun - self.queued_at
        if not self.turn.wanted():
            done(None)
            return self.answer.set_exception(Abandoned("nobody waits for the answer any more"))
        if waited_s > _GIVE_UP_S:
            done(None)
            return self.answer.set_exception(Overloaded(_GIVE_UP_S))
        try:
            answer = self.work(engine)
        except Exception as error:
            done(perf_counter() - begun)
            self.answer.set_exception(error)
        except BaseException as error:  # the thread dies of it; handed on as it is, it would stop the caller's loop too
            stopped = WorkerStopped("the inference thread failed")
            stopped.__cause__ = error
            self.answer.set_exception(stopped)
            raise
        else:
            done(perf_counter() - begun)
            timings = {"queue": waited_s * 1e3} | answer.timings_ms
            self.answer.set_result(msgspec.structs.replace(answer, timings_ms=timings))


AnyJob = _Job[Look | Refused] | _Job[Mood | Refused]


class InferenceWorker:
    """The `Recogniser` port. `open_engine` is called in the thread that will serve, and so is the engine's warm-up.

    At most `queue_size` requests wait, and none with too much ahead of it (see `Admission`): one more raises
    `Overloaded` at once. A caller that is cancelled while it waits is taken out of the queue. Requests are served one
    by one, the live ones in their order and then the backlog: at this size a batch of faces from several callers would
    save little, since only the embedding could share it.
    """

    def __init__(
        self,
        open_engine: Callable[[], Engine],
        thresholds: Thresholds,
        *,
        queue_size: int = 16,
        most_ahead: float = MOST_AHEAD,
    ) -> None:
        self._open_engine, self._thresholds = open_engine, thresholds
        self._changed = threading.Condition()  # guards everything below
        self._waiting: WaitingLine[AnyJob] = WaitingLine()
        self._admission = Admission(queue_size, most_ahead=most_ahead)
        self._serving = False
        self._stopping = False
        self._failure: BaseException | None = None
        self._service_s: dict[Work, float] = {"look": 0.015, "emotion": 0.015}
        self._free_at = 0.0  # when the request in hand should be done
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

    def admit(self, *, backlog: bool = False) -> None:
        """Raises `Overloaded` where a request that came now would be refused, before anything is done for it."""
        with self._changed:
            self._require_room(backlog, perf_counter())

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0, turn: Turn = LIVE) -> Look | Refused:
        job: _Job[Look | Refused] = _Job(
            "look", lambda engine: engine.look(jpeg, templates, frame), turn, self._service_s["look"]
        )
        self._queue(job)
        return await self._answer(job)

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None, *, turn: Turn = LIVE) -> Mood | Refused:
        job: _Job[Mood | Refused] = _Job(
            "emotion", lambda engine: engine.read_emotion(jpegs, near), turn, self._service_s["emotion"]
        )
        self._queue(job)
        return await self._answer(job)

    def _queue(self, job: AnyJob) -> None:
        with self._changed:
            if not self._serving:
                raise WorkerStopped("inference does not run") from self._failure
            ahead = self._require_room(job.backlog, job.queued_at)
            self._admission.entered(ahead=ahead, now_s=job.queued_at)
            self._waiting.add(job)
            self._changed.notify()

    def _require_room(self, backlog: bool, now_s: float) -> float:
        """How many looks' work is ahead of a request that came now. Raises `Overloaded`."""
        look_s = self._service_s["look"]
        in_hand_s = max(_LEAST_IN_HAND * look_s, self._free_at - now_s) if self._free_at else 0.0
        wait_s = in_hand_s + self._waiting.ahead_s(backlog=backlog)
        ahead = wait_s / look_s
        if not self._admission.lets_in(waiting=len(self._waiting), ahead=ahead, backlog=backlog, now_s=now_s):
            raise Overloaded(max(_LEAST_RETRY_S, round(wait_s, 2)))
        return ahead

    async def _answer(self, job: _Job[Answer]) -> Answer:
        try:
            return await asyncio.wrap_future(job.answer)
        finally:
            if job.answer.cancelled():
                with self._changed:
                    self._waiting.remove(job)

    def _serve(self, started: Future[None]) -> None:
        """The inference thread, from its first breath to its last."""
        try:
            engine = self._open_engine()
            engine.warm_up()
            with self._changed:
                self._serving = not self._stopping
            started.set_result(None)
            while (job := self._next()) is not None:
                job.run(engine, partial(self._learn, job.kind))
        except BaseException as error:
            self._failure = error
            if started.done():
                _log.critical("the inference thread failed", exc_info=error)
            else:
                started.set_exception(error)
        finally:
            self._close()

    def _next(self) -> AnyJob | None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) > 0 or self._stopping)
            if self._stopping:
                return None
            job = self._waiting.take()
            self._free_at = perf_counter() + job.expected_s
            return job

    def _learn(self, kind: Work, took_s: float | None) -> None:
        with self._changed:
            if took_s is not None:
                self._service_s[kind] += _SERVICE_MEMORY * (took_s - self._service_s[kind])
            self._free_at = 0.0

    def _close(self) -> None:
        with self._changed:
            self._serving = False
            abandoned = self._waiting.take_all()
        for job in abandoned:
            if job.answer.set_running_or_notify_cancel():
                stopped = WorkerStopped("inference stopped before this request was served")
                stopped.__cause__ = self._failure
                job.answer.set_exception(stopped)
