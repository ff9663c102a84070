"""Serves a judge of pixels to asynchronous callers: threads own it, and in front of them stands a bounded queue."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from time import perf_counter

import msgspec

from application.ports import LIVE, Embeddings, Look, Mood, Overloaded, Refused, Turn
from domain.face import Box
from domain.matching import Thresholds
from inference.admission import Admission
from inference.jobs import Answer, AnyJob, Job, Work, WorkerStopped
from inference.judge import Judge
from inference.waiting_line import WaitingLine

_log = logging.getLogger(__name__)
MOST_AHEAD = 2.75
"""Looks, bursts apart: a person at the door is answered soon, or told to wait."""
_LEAST_IN_HAND = 0.2  # of a look: what takes longer than it should is not done yet
_LEAST_RETRY_S = 0.1
_SERVICE_MEMORY = 0.1


class InferenceWorker:
    """The `Recogniser` port. `open_judge` is called in a thread that will serve, and so is the warm-up.

    At most `queue_size` requests wait, and none with too much ahead of it (see `Admission`): one more raises
    `Overloaded` at once. A caller that is cancelled while it waits is taken out of the queue. Requests are served in
    order, the live ones and then the backlog: at this size a batch of faces from several callers would save little,
    since only the embedding could share it. With `hands=2`, for a judge in another process, the next request lies ready
    there when one is done.
    """

    def __init__(
        self,
        open_judge: Callable[[], Judge],
        thresholds: Thresholds,
        *,
        queue_size: int = 8,
        most_ahead: float = MOST_AHEAD,
        hands: int = 1,
    ) -> None:
        self._open_judge, self._thresholds = open_judge, thresholds
        self._hands = hands
        self._changed = threading.Condition()  # guards everything below
        self._waiting: WaitingLine[AnyJob] = WaitingLine()
        self._places: dict[object, bool] = {}  # those that are kept; whether their holder is out of the line
        self._in_hand: list[AnyJob] = []
        self._free_at = 0.0  # when those in hand should be done
        self._admission = Admission(queue_size, most_ahead=most_ahead)
        self._serving = False
        self._stopping = False
        self._failure: BaseException | None = None
        self._service_s: dict[Work, float] = {"look": 0.015, "emotion": 0.015}
        self._thread: threading.Thread | None = None

    @property
    def thresholds(self) -> Thresholds:
        return self._thresholds

    @property
    def ready(self) -> bool:
        """Whether the models are warm and requests are taken."""
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
        """Finish the requests in hand; those that wait get `WorkerStopped`."""
        self._stop()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def admit(self, *, backlog: bool = False) -> None:
        """Raises `Overloaded` where a request that came now would be refused, before anything is done for it."""
        with self._changed:
            self._require_room(backlog, perf_counter())

    @contextmanager
    def room(self, turn: Turn = LIVE) -> Iterator[Turn]:
        place = object()
        with self._changed:
            self._require_running()
            self._enter(turn.backlog, perf_counter())
            self._places[place] = True
        try:
            yield msgspec.structs.replace(turn, place=place)
        finally:
            with self._changed:
                del self._places[place]

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0, turn: Turn = LIVE) -> Look | Refused:
        job: Job[Look | Refused] = Job(
            "look", lambda judge: judge.look(jpeg, templates, frame), turn, self._service_s["look"]
        )
        self._queue(job)
        return await self._answer(job)

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None, *, turn: Turn = LIVE) -> Mood | Refused:
        job: Job[Mood | Refused] = Job(
            "emotion", lambda judge: judge.read_emotion(jpegs, near), turn, self._service_s["emotion"]
        )
        self._queue(job)
        return await self._answer(job)

    def _queue(self, job: AnyJob) -> None:
        with self._changed:
            self._require_running()
            if job.turn.place is None:
                self._enter(job.backlog, job.queued_at)
            self._move(job, out=False)
            self._waiting.add(job)
            self._changed.notify()

    def _require_running(self) -> None:
        if not self._serving:
            raise WorkerStopped("inference does not run") from self._failure

    def _enter(self, backlog: bool, now_s: float) -> None:
        """Raises `Overloaded`."""
        self._admission.entered(ahead=self._require_room(backlog, now_s), now_s=now_s)

    def _require_room(self, backlog: bool, now_s: float) -> float:
        """How many looks' work is ahead of a request that came now. Raises `Overloaded`.

        Whoever has a place and is out of the line counts as one: the look that comes, or the record of one that was.
        """
        look_s = self._service_s["look"]
        in_hand_s = max(_LEAST_IN_HAND * look_s, self._free_at - now_s) if self._in_hand else 0.0
        out = sum(self._places.values())
        wait_s = in_hand_s + self._waiting.ahead_s(backlog=backlog) + out * look_s
        ahead = wait_s / look_s
        if not self._admission.lets_in(waiting=len(self._waiting) + out, ahead=ahead, backlog=backlog, now_s=now_s):
            raise Overloaded(max(_LEAST_RETRY_S, round(wait_s, 2)))
        return ahead

    async def _answer(self, job: Job[Answer]) -> Answer:
        try:
            return await asyncio.wrap_future(job.answer)
        finally:
            if job.answer.cancelled():
                with self._changed:
                    self._waiting.remove(job)

    def _serve(self, started: Future[None]) -> None:
        """The first inference thread, from its first breath to its last."""
        try:
            judge = self._open_judge()
            try:
                judge.warm_up()
                with self._changed:
                    self._serving = not self._stopping
                started.set_result(None)
                self._work_with_all_hands(judge)
            finally:
                judge.close()
        except BaseException as error:
            self._failure = error
            if started.done():
                _log.critical("inference did not end in order", exc_info=error)
            else:
                started.set_exception(error)
        finally:
            self._close()

    def _work_with_all_hands(self, judge: Judge) -> None:
        others = [threading.Thread(target=self._work, args=(judge,), daemon=True) for _ in range(self._hands - 1)]
        for other in others:
            other.start()
        self._work(judge)
        for other in others:
            other.join()

    def _work(self, judge: Judge) -> None:
        """One thread's share, until nothing is left to do."""
        try:
            while (job := self._next()) is not None:
                job.run(judge, partial(self._done, job))
        except BaseException as error:
            self._fail(error)

    def _next(self) -> AnyJob | None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) > 0 or self._stopping)
            if self._stopping:
                return None
            job = self._waiting.take()
            self._in_hand.append(job)
            self._free_at = max(self._free_at, perf_counter()) + job.expected_s
            return job

    def _done(self, job: AnyJob, took_s: float | None) -> None:
        with self._changed:
            if took_s:
                self._service_s[job.kind] += _SERVICE_MEMORY * (took_s - self._service_s[job.kind])
            self._in_hand.remove(job)
            self._move(job, out=True)
            self._free_at = perf_counter() + sum(other.expected_s for other in self._in_hand)

    def _move(self, job: AnyJob, *, out: bool) -> None:
        if job.turn.place in self._places:
            self._places[job.turn.place] = out

    def _fail(self, error: BaseException) -> None:
        if self._failure is None:
            self._failure = error
            _log.critical("inference failed", exc_info=error)
        self._stop()

    def _stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def _close(self) -> None:
        with self._changed:
            self._serving = False
            abandoned = self._waiting.take_all()
        for job in abandoned:
            job.abandon(self._failure)
