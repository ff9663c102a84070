"""One face through all frames of a burst: where it stands in each, or why that cannot be said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import msgspec
import numpy as np

from domain.refusal import Refusal
from inference.boxes import Boxes, centres
from inference.detection import FOLLOWED, Detector, Faces
from inference.pixels import Frame
from inference.pyramid import Pyramid
from inference.quality import QualityLimits, other_faces

_LEAST_SHARE = 2 / 3


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """The frames in which the face was found (their numbers), and its box in each, shape (frames, 4)."""

    frames: tuple[int, ...]
    boxes: Boxes


def first_identical(frames: Sequence[Frame]) -> Refusal | None:
    """A camera never sees the same picture twice: equal pixels are a copy, not a moment."""
    # A few rows tell nearly all frames apart; only where those agree are all pixels compared.
    glimpses = [frame.pixels[::40].tobytes() for frame in frames]
    copies = {
        later
        for earlier, later in combinations(range(len(frames)), 2)
        if glimpses[earlier] == glimpses[later] and np.array_equal(frames[earlier].pixels, frames[later].pixels)
    }
    if not copies:
        return None
    return Refusal(
        code="frames-identical",
        frame=min(copies),
        value=len(frames) - len(copies),
        limit=len(frames),
        unit="different frames",
    )


def follow(
    detector: Detector, pyramids: Sequence[Pyramid], near: Boxes | None, limits: QualityLimits
) -> Trail | Refusal:
    """The face that stood at `near`, shape (1, 4), in one of the frames; the one face of the first frame that shows any
    where None."""
    if near is None:
        start = _search(detector, pyramids, limits)
        if isinstance(start, Refusal):
            return start
        near = start
    faces = detector.follow(pyramids, near)
    found: dict[int, Boxes] = {}
    for number, pyramid in enumerate(pyramids):
        if faces.scores[number] >= FOLLOWED:
            found[number] = faces.boxes[number]
        elif len(again := detector.find(pyramid)):
            found[number] = again.boxes[_nearest(again, near)]
    needed = math.ceil(_LEAST_SHARE * len(pyramids))
    if len(found) < needed:
        lost = min(set(range(len(pyramids))) - set(found))
        return Refusal(code="face-lost", frame=lost, value=len(found), limit=needed, unit="frames with the face")
    return Trail(frames=tuple(found), boxes=np.stack(list(found.values())))


def _search(detector: Detector, pyramids: Sequence[Pyramid], limits: QualityLimits) -> Boxes | Refusal:
    for number, pyramid in enumerate(pyramids):
        faces = detector.find(pyramid)
        if len(faces):
            return other_faces(faces, limits, number) or faces.boxes[:1]
    return Refusal(code="no-face")


def _nearest(faces: Faces, near: Boxes) -> int:
    return int(np.argmin(np.linalg.norm(centres(faces.boxes) - centres(near), axis=1)))
