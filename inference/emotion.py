"""Reads an emotion off a face: the mean over the frames of a burst, and how far they spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from domain.emotion import EMOTIONS, EmotionReading
from inference.boxes import Boxes, square
from inference.execution import Network
from inference.pixels import Pixels
from inference.pyramid import Pyramid


@dataclass(frozen=True)
class EmotionModel:
    """`network`: grey faces (frames, side, side) in, probabilities in the order of `EMOTIONS` out."""

    version: str
    side_px: int
    network: Network

    def crop(self, pyramids: Sequence[Pyramid], boxes: Boxes) -> Pixels:
        """The face of each frame, tight and square, grey: shape (frames, side, side)."""
        crops = np.empty((len(boxes), self.side_px, self.side_px), dtype=np.uint8)
        for row, (pyramid, box) in enumerate(zip(pyramids, square(boxes), strict=True)):
            crops[row] = cv2.cvtColor(pyramid.crops(box[None], self.side_px)[0], cv2.COLOR_RGB2GRAY)
        return crops

    def read(self, crops: Pixels) -> EmotionReading:
        probabilities = self.network.run(crops)[0]
        mean, spread = probabilities.mean(axis=0), probabilities.std(axis=0)
        return EmotionReading(
            model=self.version,
            probabilities=dict(zip(EMOTIONS, mean.tolist(), strict=True)),
            spread=dict(zip(EMOTIONS, spread.tolist(), strict=True)),
            frames=len(crops),
        )
