"""A recogniser without networks: who is photographed is read from the photograph's comment.

Everything else of the server is as in service, the queue in front of the recogniser too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from adapters.settings import Settings
from application.ports import Look, Mood, Refused
from domain.emotion import EMOTIONS, EmotionReading
from domain.face import Box, Quality
from domain.refusal import Refusal
from inference.comparing import distances
from inference.engine import Engine
from inference.pixels import Floats
from inference.thresholds import thresholds_of
from inference.versions import EMOTION_VERSION, IDENTITY_VERSIONS
from inference.worker import InferenceWorker
from tests.station.torture.photographs import person_in

_DIMENSIONS = 128


class CommentReader:
    """Stands where the engine stands: each person is a direction of their own, far from every other."""

    def warm_up(self) -> None:
        """There is nothing to warm."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def look(self, jpeg: bytes, templates: Floats, frame: int = 0) -> Look | Refused:
        person = person_in(jpeg)
        if person is None:
            return _nobody(frame)
        embedding = np.zeros(_DIMENSIONS, np.float32)
        embedding[person] = 1.0
        return Look(
            embedding=embedding,
            distances=distances(embedding, templates),
            box=Box(40.0, 30.0, 120.0, 110.0),
            quality=Quality(sharpness=200.0, brightness=120.0, overexposed=0.0, face_px=80.0, detection=1.0),
            timings_ms={"embed": 0.0},
        )

    def read_emotion(self, jpegs: Sequence[bytes], near: Box | None) -> Mood | Refused:
        strange = [frame for frame, jpeg in enumerate(jpegs) if person_in(jpeg) is None]
        if strange:
            return _nobody(strange[0])
        even = dict.fromkeys(EMOTIONS, 1.0 / len(EMOTIONS))
        reading = EmotionReading(
            model=EMOTION_VERSION, probabilities=even, spread=dict.fromkeys(EMOTIONS, 0.0), frames=len(jpegs)
        )
        return Mood(reading=reading, timings_ms={"classify": 0.0})


def open_recogniser(settings: Settings) -> InferenceWorker:
    engine = cast(Engine, CommentReader())  # the worker asks of an engine what this offers
    return InferenceWorker(
        lambda: engine, thresholds_of(IDENTITY_VERSIONS["resnet-29"]), queue_size=settings.queue_size
    )


def _nobody(frame: int) -> Refused:
    return Refused(refusal=Refusal(code="no-face", frame=frame), timings_ms={"detect": 0.0})
