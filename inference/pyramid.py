"""One frame at full, half and quarter size, so that no later stage scales more pixels than it must."""

from __future__ import annotations

import cv2
import numpy as np

from inference.boxes import Boxes
from inference.pixels import Pixels


class Pyramid:
    """Halving by exact 2×2 boxes is cheap, and keeps small crops free of aliasing."""

    def __init__(self, pixels: Pixels, levels: int = 3) -> None:
        self.levels = [pixels]
        while len(self.levels) < levels:
            height, width = self.levels[-1].shape[:2]
            size = (max(1, width // 2), max(1, height // 2))
            self.levels.append(cv2.resize(self.levels[-1], size, interpolation=cv2.INTER_AREA))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the full frame."""
        height, width = self.levels[0].shape[:2]
        return height, width

    def scaled(self, width: int, height: int) -> Pixels:
        """The whole frame at `width` × `height`, which is no larger than the frame."""
        level = self._level(self.size[1], width)
        scaled: Pixels = cv2.resize(self.levels[level], (width, height), interpolation=cv2.INTER_AREA)
        return scaled

    def crops(self, boxes: Boxes, side: int) -> Pixels:
        """Each box, cut where the frame ends, stretched to `side` × `side`: shape (boxes, side, side, 3)."""
        crops = np.empty((len(boxes), side, side, 3), dtype=np.uint8)
        for row, (left, top, right, bottom) in enumerate(boxes):
            level = self._level(right - left, side)
            pixels = self.levels[level]
            height, width = pixels.shape[:2]
            shrink = 0.5**level
            first_column = min(int(max(0.0, left) * shrink), width - 1)
            first_row = min(int(max(0.0, top) * shrink), height - 1)
            last_column = max(int(min(right * shrink, width)), first_column + 1)
            last_row = max(int(min(bottom * shrink, height)), first_row + 1)
            face = pixels[first_row:last_row, first_column:last_column]
            crops[row] = cv2.resize(face, (side, side), interpolation=cv2.INTER_LINEAR)
        return crops

    def _level(self, size: float, wanted: float) -> int:
        """The smallest level in which `size` pixels of the frame are still `wanted` or more."""
        level = 0
        while level + 1 < len(self.levels) and size / (2 << level) >= wanted:
            level += 1
        return level
