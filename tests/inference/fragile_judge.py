"""A judge that does in its process what the frame says: it dies, stumbles, or answers."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from application.ports import Look, Mood, Refused
from domain.face import Box
from domain.refusal import Refusal
from inference.judge import Judge
from inference.pixels import Floats


class Unportable(Exception):
    def __init__(self, one: str, another: str) -> None:
        super().__init__(one + another)


class FragileJudge:
    def warm_up(self) -> None:
        """Nothing here is cold."""

    def look(self, jpeg: bytes, templates: Floats, frame: int = 0) -> Look | Refused:
        word, _, rest = jpeg.partition(b" ")
        if word == b"die" or (word == b"die-once" and not _seen(Path(rest.decode()))):
            os.kill(os.getpid(), signal.SIGKILL)
        if word == b"stumble":
            raise ValueError("the engine stumbled")
        if word == b"unportable":
            raise Unportable("cannot be made ", "of its message")
        return Refused(refusal=Refusal(code="no-face", frame=frame), timings_ms={"decode": 1.0})

    def read_emotion(self, jpegs: Sequence[bytes], near: Box | None) -> Mood | Refused:
        return Refused(refusal=Refusal(code="face-lost", value=len(jpegs)), timings_ms={})

    def close(self) -> None:
        """It holds nothing."""


def open_fragile() -> Judge:
    return FragileJudge()


def open_broken() -> Judge:
    raise FileNotFoundError("no models here")


class OpensOnce:
    """As where the models are removed under a running server."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __call__(self) -> Judge:
        return open_broken() if _seen(self._mark) else open_fragile()


def _seen(mark: Path) -> bool:
    """Whether this was asked before."""
    seen = mark.exists()
    mark.touch()
    return seen
