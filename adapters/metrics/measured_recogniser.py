"""The recogniser, with every stage of its work measured."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from adapters.metrics.metrics import Metrics
from application.ports import LIVE, Embeddings, Look, Mood, Recogniser, Refused, Turn
from domain.check_in import Timings
from domain.face import Box
from domain.matching import Thresholds


class MeasuredRecogniser:
    """Implements application.ports.Recogniser over another one."""

    def __init__(self, recogniser: Recogniser, metrics: Metrics) -> None:
        self._recogniser = recogniser
        self._metrics = metrics

    @property
    def thresholds(self) -> Thresholds:
        return self._recogniser.thresholds

    def room(self, turn: Turn) -> AbstractContextManager[Turn]:
        return self._recogniser.room(turn)

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0, turn: Turn = LIVE) -> Look | Refused:
        seen = await self._recogniser.look(jpeg, templates, frame=frame, turn=turn)
        self._measure("look", seen.timings_ms)
        return seen

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None, *, turn: Turn = LIVE) -> Mood | Refused:
        seen = await self._recogniser.read_emotion(jpegs, near, turn=turn)
        self._measure("emotion", seen.timings_ms)
        return seen

    def _measure(self, operation: str, timings_ms: Timings) -> None:
        for stage, took_ms in timings_ms.items():
            if stage == "queue":
                self._metrics.inference_queue.labels(operation).observe(took_ms / 1e3)
            else:
                self._metrics.inference_stage.labels(operation, stage).observe(took_ms / 1e3)
