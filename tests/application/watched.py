"""The real recogniser, with a count of what it was asked, behind a gate that a test may close."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager

from application.ports import LIVE, Embeddings, Look, Mood, Overloaded, Recogniser, Refused, Turn
from domain.face import Box
from domain.matching import Thresholds


class WatchedRecogniser:
    """Counts every call, and passes it on as soon as the gate is open (as it is at first).

    A look that `gives_up` was let in and then waited for too long.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.looks = 0
        self.bursts_read = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.gives_up = False

    @property
    def thresholds(self) -> Thresholds:
        return self._recogniser.thresholds

    def room(self, turn: Turn) -> AbstractContextManager[Turn]:
        return self._recogniser.room(turn)

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0, turn: Turn = LIVE) -> Look | Refused:
        self.looks += 1
        await self.gate.wait()
        if self.gives_up:
            raise Overloaded(5.0)
        return await self._recogniser.look(jpeg, templates, frame=frame, turn=turn)

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None, *, turn: Turn = LIVE) -> Mood | Refused:
        self.bursts_read += 1
        await self.gate.wait()
        return await self._recogniser.read_emotion(jpegs, near, turn=turn)
