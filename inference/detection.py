"""Finds faces with MTCNN's three networks, and follows a known face through the other frames with the last alone."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from inference.boxes import Boxes, Scores, centres, square, suppress
from inference.execution import Network
from inference.pyramid import Pyramid

_PROPOSAL_PX = 12
_PROPOSAL_STRIDE = 2
_REFINER_PX = 24
_FINISHER_PX = 48


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """`min_face_px`: the smallest face searched for. `step`: from one scale of the search to the next.

    `proposed`, `refined`, `finished`: the least score to pass each network.
    """

    min_face_px: int = 80
    step: float = 0.6
    proposed: float = 0.7
    refined: float = 0.5
    finished: float = 0.8
    max_candidates: int = 32


QUICK = Search()
CLOSE = Search(min_face_px=40, step=0.709, proposed=0.6, refined=0.5, finished=0.7, max_candidates=64)
"""Four times the work: tells a face that is too small from none, and finds the rare large one that was missed."""

FOLLOWED = 0.9
"""The least score of a face that was followed and not searched for."""

_START = 0.85
_MOVED = 0.08


class Faces(msgspec.Struct, frozen=True, kw_only=True):
    """Faces, the largest first. `landmarks`: shape (faces, 5, 2): eyes, nose, corners of the mouth."""

    boxes: Boxes
    scores: Scores
    landmarks: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.boxes)

    def rows(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Faces:
        return Faces(boxes=self.boxes[rows], scores=self.scores[rows], landmarks=self.landmarks[rows])


NO_FACES = Faces(boxes=np.zeros((0, 4)), scores=np.zeros(0, dtype=np.float32), landmarks=np.zeros((0, 5, 2)))


class Detector:
    def __init__(self, proposer: Network, refiner: Network, finisher: Network) -> None:
        self._proposer, self._refiner, self._finisher = proposer, refiner, finisher

    def find(self, pyramid: Pyramid, search: Search = QUICK) -> Faces:
        """Every face of a frame."""
        boxes = self._refined(pyramid, self._proposed(pyramid, search), search)
        if not len(boxes):
            return NO_FACES
        faces = self._finish(boxes, pyramid.crops(boxes, _FINISHER_PX))
        faces = faces.rows(faces.scores >= search.finished)
        faces = faces.rows(suppress(faces.boxes, faces.scores, 0.7, of_smaller=True))
        sizes = np.prod(faces.boxes[:, 2:] - faces.boxes[:, :2], axis=1)
        return faces.rows(np.argsort(-sizes, kind="stable"))

    def follow(self, pyramids: Sequence[Pyramid], near: Boxes) -> Faces:
        """One face for each frame, from where it stood in a frame like them; a low score says that it is not there.

        The last network sees best in a box a little smaller than the face. Where the face has moved, it looks again.
        """
        start = np.repeat(near, len(pyramids), axis=0)
        faces = self._look_near(pyramids, start)
        moved = np.max(np.abs(centres(faces.boxes) - centres(start)), axis=1) > _MOVED * (start[:, 3] - start[:, 1])
        if not np.any(moved):
            return faces
        rows = np.flatnonzero(moved)
        again = self._look_near([pyramids[int(row)] for row in rows], faces.boxes[rows])
        faces.boxes[rows], faces.scores[rows], faces.landmarks[rows] = again.boxes, again.scores, again.landmarks
        return faces

    def _look_near(self, pyramids: Sequence[Pyramid], boxes: Boxes) -> Faces:
        boxes = square(boxes, _START)
        crops = [pyramid.crops(boxes[row : row + 1], _FINISHER_PX) for row, pyramid in enumerate(pyramids)]
        return self._finish(boxes, np.concatenate(crops))

    def _proposed(self, pyramid: Pyramid, search: Search) -> Boxes:
        height, width = pyramid.size
        scale = _PROPOSAL_PX / search.min_face_px
        found = []
        while min(height, width) * scale >= _PROPOSAL_PX:
            x = pyramid.scaled(int(width * scale + 1), int(height * scale + 1))
            regression, score = self._proposer.run(x[None])
            rows, columns = np.nonzero(score[0] >= search.proposed)
            if len(rows):
                corner = np.stack([columns, rows], axis=1) * _PROPOSAL_STRIDE
                boxes = np.concatenate([corner + 1, corner + _PROPOSAL_PX], axis=1) / scale
                scores = score[0, rows, columns]
                kept = suppress(boxes, scores, 0.5)
                shifts = regression[0][:, rows[kept], columns[kept]].T
                found.append(np.concatenate([boxes[kept], shifts, scores[kept, None]], axis=1))
            scale *= search.step
        if not found:
            return NO_FACES.boxes
        every = np.concatenate(found)
        best = every[suppress(every[:, :4], every[:, 8], 0.7)[: search.max_candidates]]
        return square(best[:, :4] + best[:, 4:8] * (best[:, 2:3] - best[:, 0:1]))

    def _refined(self, pyramid: Pyramid, boxes: Boxes, search: Search) -> Boxes:
        if not len(boxes):
            return boxes
        regression, score = self._refiner.run(pyramid.crops(boxes, _REFINER_PX))
        passed = score >= search.refined
        boxes, regression, score = boxes[passed], regression[passed], score[passed]
        kept = suppress(boxes, score, 0.6)
        boxes, regression = boxes[kept], regression[kept]
        return square(boxes + regression * (boxes[:, 2:3] - boxes[:, 0:1]))

    def _finish(self, boxes: Boxes, crops: NDArray[np.uint8]) -> Faces:
        regression, scores, points = self._finisher.run(crops)
        size = boxes[:, 2:] - boxes[:, :2]
        landmarks = np.stack(
            [boxes[:, 0:1] + points[:, :5] * size[:, 0:1], boxes[:, 1:2] + points[:, 5:] * size[:, 1:2]], axis=2
        )
        return Faces(boxes=boxes + regression * np.tile(size, 2), scores=scores, landmarks=landmarks)
