"""Boxes, the pyramid, and following a face, one by one."""

from __future__ import annotations

import numpy as np
import pytest
import simplejpeg
from hypothesis import given
from hypothesis import strategies as some

from inference.assembly import open_engine
from inference.boxes import Boxes, square, suppress
from inference.detection import CLOSE, FOLLOWED, Detector
from inference.pyramid import Pyramid
from inference.weights import ModelStore
from tests.inference.bursts import MIRA, burst


@pytest.fixture(scope="module")
def detector(model_store: ModelStore) -> Detector:
    return open_engine(model_store).detector


@pytest.fixture(scope="module")
def pyramids() -> list[Pyramid]:
    return [Pyramid(simplejpeg.decode_jpeg(frame, colorspace="RGB")) for frame in burst(MIRA).frames]


def overlap(one: Boxes, other: Boxes) -> float:
    size = np.maximum(0, np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]))
    shared = size.prod()
    return float(shared / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - shared))


def test_a_followed_face_stands_where_a_search_finds_it(detector: Detector, pyramids: list[Pyramid]) -> None:
    searched = [detector.find(pyramid).boxes[0] for pyramid in pyramids]
    followed = detector.follow(pyramids, searched[2][None])
    assert followed.scores.min() > FOLLOWED
    for box, expected in zip(followed.boxes, searched, strict=True):
        assert overlap(box, expected) > 0.85


def test_a_face_that_moved_a_quarter_of_its_size_is_still_followed(detector: Detector, pyramids: list[Pyramid]) -> None:
    box = detector.find(pyramids[0]).boxes[:1]
    moved = box + 0.25 * (box[0, 3] - box[0, 1])
    assert overlap(detector.follow(pyramids[:1], moved).boxes[0], box[0]) > 0.6 > overlap(moved[0], box[0])


def test_following_scores_low_where_no_face_is(detector: Detector) -> None:
    wall = Pyramid(np.full((480, 640, 3), 140, dtype=np.uint8))
    assert detector.follow([wall], np.array([[200.0, 100.0, 350.0, 300.0]])).scores[0] < FOLLOWED


def test_a_close_search_also_finds_a_small_face(detector: Detector, pyramids: list[Pyramid]) -> None:
    small = Pyramid(pyramids[0].levels[1][::1])
    assert len(detector.find(small, CLOSE)) == 1


def test_a_frame_smaller_than_any_face_shows_none(detector: Detector) -> None:
    assert len(detector.find(Pyramid(np.zeros((8, 8, 3), dtype=np.uint8)))) == 0


def test_of_overlapping_boxes_the_best_is_kept() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [22, 22, 26, 26]])
    scores = np.array([0.8, 0.9, 0.7, 0.6], dtype=np.float32)
    assert suppress(boxes, scores, 0.5).tolist() == [1, 2, 3]
    assert suppress(boxes, scores, 0.5, of_smaller=True).tolist() == [1, 2]


corner = some.floats(-1e4, 1e4)
side = some.floats(0, 1e4)


@given(corner, corner, side, side)
def test_a_crop_can_be_taken_at_any_box_however_far_outside(left: float, top: float, wide: float, high: float) -> None:
    boxes = square(np.array([[left, top, left + wide, top + high]]))
    assert Pyramid(np.zeros((48, 64, 3), dtype=np.uint8)).crops(boxes, 24).shape == (1, 24, 24, 3)
