"""The real recogniser, with a count of what it was asked, behind a gate that a test may close."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from application.ports import LIVE, Embeddings, Look, Mood, Recogniser, Refused, Turn
from domain.face import Box
from domain.matching import Thresholds


class WatchedRecogniser:
    """Counts every call, and passes it on as soon as the gate is open (as it is at first)."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.looks = 0
        self.bursts_read = 0
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def thresholds(self) -> Thresholds:
        return self._recogniser.thresholds

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0, turn: Turn = LIVE) -> Look | Refused:
        self.looks += 1
        await self.gate.wait()
        return await self._recogniser.look(jpeg, templates, frame=frame, turn=turn)

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None, *, turn: Turn = LIVE) -> Mood | Refused:
        self.bursts_read += 1
        await self.gate.wait()
        return await self._recogniser.read_emotion(jpegs, near, turn=turn)
