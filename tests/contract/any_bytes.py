"""A recogniser to whom any bytes are a face, the same face each time: with it every answer of a model can be met."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np

from application.ports import LIVE, Embeddings, Look, Mood, Refused, Turn
from domain.emotion import EMOTIONS, EmotionReading
from domain.face import Box, Quality
from domain.matching import Thresholds
from domain.refusal import Refusal

_BOX = Box(10.0, 10.0, 90.0, 90.0)
_QUALITY = Quality(sharpness=55.0, brightness=150.0, overexposed=0.0, face_px=80.0, detection=0.97)
_DIMENSIONS = 128


class AnyBytes:
    """What is empty has no face. Two embeddings are as far apart as the digests of their bytes."""

    ready = True
    waiting = 0
    thresholds = Thresholds(
        model="any-bytes.v1", verify=0.5, identify=0.5, margin=0.1, false_match_rate=0.001, midpoint=0.5, slope=10.0
    )

    def admit(self, *, backlog: bool = False) -> None:
        """There is always room."""

    def room(self, turn: Turn) -> AbstractContextManager[Turn]:
        return nullcontext(turn)

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0, turn: Turn = LIVE) -> Look | Refused:
        if not jpeg:
            return Refused(refusal=Refusal(code="no-face", frame=frame), timings_ms={"decode": 0.1})
        embedding = _embedding(jpeg)
        distances = np.linalg.norm(templates.reshape(-1, _DIMENSIONS) - embedding, axis=1).astype(np.float32)
        timings_ms = {"decode": 0.1, "embed": 0.1}
        return Look(embedding=embedding, distances=distances, box=_BOX, quality=_QUALITY, timings_ms=timings_ms)

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None, *, turn: Turn = LIVE) -> Mood | Refused:
        shares = np.abs(_embedding(b"".join(jpegs))[: len(EMOTIONS)]).astype(float)
        probabilities = dict(zip(EMOTIONS, (shares / shares.sum()).tolist(), strict=True))
        reading = EmotionReading(
            model="any-bytes.v1", probabilities=probabilities, spread=dict.fromkeys(EMOTIONS, 0.0), frames=len(jpegs)
        )
        return Mood(reading=reading, timings_ms={"decode": 0.1, "classify": 0.1})


def _embedding(content: bytes) -> Embeddings:
    drawn = np.random.default_rng(list(hashlib.sha256(content).digest())).standard_normal(_DIMENSIONS)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)
