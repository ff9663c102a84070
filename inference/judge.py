"""What a worker asks: an engine in this process, or one in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from application.ports import Look, Mood, RecogniserStopped, Refused
from domain.face import Box
from inference.pixels import Floats


class EngineGone(RecogniserStopped):
    """It judges nothing any more, and cannot be had again."""


class Judge(Protocol):
    """See inference.engine.Engine. Every call may raise `EngineGone`."""

    def warm_up(self) -> None: ...

    def look(self, jpeg: bytes, templates: Floats, frame: int = 0) -> Look | Refused: ...

    def read_emotion(self, jpegs: Sequence[bytes], near: Box | None) -> Mood | Refused: ...

    def close(self) -> None: ...
