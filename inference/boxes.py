"""Arithmetic on many boxes at once: arrays of shape (boxes, 4), each left, top, right, bottom in pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.face import Box

Boxes = NDArray[np.float64]
Scores = NDArray[np.float32]


def to_array(box: Box) -> Boxes:
    return np.array([[box.left, box.top, box.right, box.bottom]])


def to_box(row: Boxes, scale: float = 1.0) -> Box:
    left, top, right, bottom = (float(value) * scale for value in row)
    return Box(left, top, right, bottom)


def centres(boxes: Boxes) -> Boxes:
    """Shape (boxes, 2): across, down."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def square(boxes: Boxes, size: float = 1.0) -> Boxes:
    """The square around each box's centre whose side is `size` of the box's longer side."""
    centre = centres(boxes)
    half = np.max(boxes[:, 2:] - boxes[:, :2], axis=1, keepdims=True) / 2 * size
    return np.concatenate([centre - half, centre + half], axis=1)


def suppress(boxes: Boxes, scores: Scores, overlap: float, *, of_smaller: bool = False) -> NDArray[np.intp]:
    """The rows left when every box that overlaps a better one by more than `overlap` is dropped, best first.

    Overlap is intersection over union, or over the smaller of the two with `of_smaller`.
    """
    order = np.argsort(-scores, kind="stable")
    left, top, right, bottom = boxes[order].T
    area = (right - left) * (bottom - top)
    alive = np.ones(len(order), dtype=bool)
    kept = []
    for best in range(len(order)):
        if not alive[best]:
            continue
        kept.append(order[best])
        rest = slice(best + 1, None)
        width = np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest])
        height = np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest])
        shared = np.maximum(width, 0) * np.maximum(height, 0)
        whole = np.minimum(area[best], area[rest]) if of_smaller else area[best] + area[rest] - shared
        alive[rest] &= shared <= overlap * whole
    return np.array(kept, dtype=np.intp)
