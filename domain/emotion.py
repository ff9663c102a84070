"""An anonymous emotional state, averaged over the frames of a burst."""

from __future__ import annotations

from typing import Literal

import msgspec

Emotion = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
EMOTIONS: tuple[Emotion, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
EmotionPolicy = Literal["off", "consented"]


class EmotionReading(msgspec.Struct, frozen=True, kw_only=True):
    """Mean probability of each emotion over `frames` frames (they sum to 1), and its standard deviation, `spread`."""

    model: str
    probabilities: dict[Emotion, float]
    spread: dict[Emotion, float]
    frames: int

    @property
    def dominant(self) -> Emotion:
        return max(self.probabilities, key=lambda emotion: self.probabilities[emotion])
