"""A burst made of one picture looks like half a second before a camera."""

from __future__ import annotations

import numpy as np
import pytest

from adapters.demo.bursts import FACE_CENTRE, make_burst
from domain.face import Box
from tests.demo.pictures import PICTURE, decode, marked_picture, red_box


def test_one_seed_makes_the_same_bytes_each_time() -> None:
    one = make_burst(PICTURE.image, PICTURE.face, seed=5)
    assert one == make_burst(PICTURE.image, PICTURE.face, seed=5)
    assert one != make_burst(PICTURE.image, PICTURE.face, seed=6)


def test_a_burst_is_six_different_frames_of_640_by_480() -> None:
    burst = make_burst(PICTURE.image, PICTURE.face, seed=1)
    assert len(burst.frames) == len(set(burst.frames)) == 6
    assert all(decode(frame).shape == (480, 640, 3) for frame in burst.frames)
    assert burst.primary_frame is burst.frames[burst.primary]


@pytest.mark.parametrize("height_px", [110.0, 170.0, 240.0])
def test_the_face_stands_where_and_as_tall_as_asked(height_px: float) -> None:
    image, face = marked_picture()
    for frame in make_burst(image, face, seed=2, face_height_px=height_px).frames:
        box = red_box(decode(frame))
        # 1 % of scale, 4 px of place and 1.5° of tilt are one standard deviation of the jitter.
        assert box.height == pytest.approx(height_px, rel=0.05, abs=14)
        assert (box.left + box.right) / 2 == pytest.approx(FACE_CENTRE[0], abs=16)
        assert (box.top + box.bottom) / 2 == pytest.approx(FACE_CENTRE[1], abs=16)


def test_the_face_moves_a_little_between_frames() -> None:
    image, face = marked_picture()
    boxes = [red_box(decode(frame)) for frame in make_burst(image, face, seed=3).frames]
    lefts = [box.left for box in boxes]
    assert 2 < max(lefts) - min(lefts) < 40


def test_the_sensor_is_noisy() -> None:
    image, face = marked_picture()
    wall = decode(make_burst(image, face, seed=4).primary_frame)[:60, :60].astype(np.float64)
    assert 1.0 < wall.std() < 5.0


def test_what_lies_outside_the_picture_repeats_its_edge() -> None:
    image, face = marked_picture()
    closer = Box(face.left - 490.0, face.top, face.right - 490.0, face.bottom)
    frame = decode(make_burst(image[:, 490:770], closer, seed=1).primary_frame)
    assert np.abs(frame[:, :40].astype(np.int16) - 128).mean() < 6
