"""One request that waits for the models, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from time import perf_counter
from typing import Generic, Literal, TypeVar

import msgspec

from application.ports import Abandoned, Look, Mood, Overloaded, RecogniserStopped, Refused, Turn
from inference.judge import EngineGone, Judge

Answer = TypeVar("Answer", bound=Look | Mood | Refused)
Work = Literal["look", "emotion"]
_GIVE_UP_S = 5.0


class WorkerStopped(RecogniserStopped):
    """Inference does not run: it was not started, was stopped, or failed (then that is the cause)."""


class Job(Generic[Answer]):
    """`expected_s`: how long it will take once its turn has come, by what such work took lately."""

    def __init__(self, kind: Work, work: Callable[[Judge], Answer], turn: Turn, expected_s: float) -> None:
        self.kind: Work = kind
        self.work = work
        self.turn = turn
        self.expected_s = expected_s
        self.answer: Future[Answer] = Future()
        self.queued_at = perf_counter()

    @property
    def backlog(self) -> bool:
        return self.turn.backlog

    def run(self, judge: Judge, done: Callable[[float | None], None]) -> None:
        """Answer the caller, unless it has gone. The judge's exceptions go to it too.

        `done` hears how long the work took, None where there was none, before the caller hears anything. Raises what
        leaves the judge unfit to go on.
        """
        if not self.answer.set_running_or_notify_cancel():
            return done(None)
        if not self.turn.wanted():
            done(None)
            return self.answer.set_exception(Abandoned("nobody waits for the answer any more"))
        if perf_counter() - self.queued_at > _GIVE_UP_S:
            done(None)
            return self.answer.set_exception(Overloaded(_GIVE_UP_S))
        try:
            answer = self.work(judge)
        except BaseException as error:
            done(None)
            fatal = isinstance(error, EngineGone) or not isinstance(error, Exception)
            self.answer.set_exception(_stopped_by(error) if fatal else error)
            if fatal:
                raise
        else:
            took_ms = sum(answer.timings_ms.values())
            done(took_ms / 1e3)
            waited_ms = max(0.0, (perf_counter() - self.queued_at) * 1e3 - took_ms)
            self.answer.set_result(msgspec.structs.replace(answer, timings_ms={"queue": waited_ms} | answer.timings_ms))

    def abandon(self, failure: BaseException | None) -> None:
        """Answer the caller that nothing runs any more, because of that."""
        if self.answer.set_running_or_notify_cancel():
            self.answer.set_exception(_stopped_by(failure))


AnyJob = Job[Look | Refused] | Job[Mood | Refused]


def _stopped_by(failure: BaseException | None) -> WorkerStopped:
    """Handed on as it is, a SystemExit would stop the caller's loop too."""
    stopped = WorkerStopped("inference stopped before this request was served")
    stopped.__cause__ = failure
    return stopped
