"""An engine in a process of its own, so that its arithmetic and an event loop never wait for one interpreter."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from application.ports import Look, Mood, RecogniserStopped, Refused
from domain.face import Box
from inference.child import Child, ChildEnded, Question
from inference.comparing import distances
from inference.judge import EngineGone, Judge
from inference.pixels import Floats
from inference.stopwatch import Stopwatch

_log = logging.getLogger(__name__)
_NOBODY: Floats = np.empty((0, 0), np.float32)


class EngineDied(RecogniserStopped):
    """It ended over this request, and its successor too. The next one may be luckier."""


class EngineProcess:
    """A `Judge`. Where the process ends unasked, a new one is opened, and asked the same once more."""

    def __init__(self, open_engine: Callable[[], Judge]) -> None:
        """`open_engine` is called in the other process: it has to survive being pickled."""
        self._open_engine = open_engine
        self._opening = threading.Lock()
        self._child = Child(open_engine)

    @property
    def pid(self) -> int:
        return self._child.pid

    def warm_up(self) -> None:
        self._ask("warm_up")

    def look(self, jpeg: bytes, templates: Floats, frame: int = 0) -> Look | Refused:
        """Compared here: a gallery of many templates would take longer on the way than in the product."""
        seen: Look | Refused = self._ask("look", jpeg, _NOBODY, frame)
        if isinstance(seen, Refused):
            return seen
        watch = Stopwatch()
        away = distances(seen.embedding, templates)
        watch.lap("compare")
        return msgspec.structs.replace(seen, distances=away, timings_ms=seen.timings_ms | watch.timings_ms)

    def read_emotion(self, jpegs: Sequence[bytes], near: Box | None) -> Mood | Refused:
        seen: Mood | Refused = self._ask("read_emotion", jpegs, near)
        return seen

    def close(self) -> None:
        self._child.close()

    def _ask(self, question: Question, *arguments: object) -> Any:  # whatever the engine's method answers
        child = self._child
        try:
            return child.ask(question, *arguments)
        except ChildEnded:
            self._replace(child)
        try:
            return self._child.ask(question, *arguments)
        except ChildEnded as ended:
            raise EngineDied("the inference process ended twice over one request") from ended

    def _replace(self, ended: Child) -> None:
        with self._opening:
            if self._child is not ended:
                return  # another thread was quicker
            _log.critical("the inference process ended with status %s; opening another", ended.close())
            try:
                self._child = Child(self._open_engine)
                self._child.ask("warm_up")
            except Exception as error:
                raise EngineGone("the inference process ended, and no other could be opened") from error
