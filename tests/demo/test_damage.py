"""Each spoilt burst is spoilt in the way that it says, by simple measurements and without any model."""

from __future__ import annotations

import numpy as np
import pytest

from adapters.demo import damage
from adapters.demo.bursts import make_burst
from tests.demo.pictures import OTHER, PICTURE, decode, face_in, marked_picture, red_box, sharpness

GOOD = make_burst(PICTURE.image, PICTURE.face, seed=1)


def test_a_blurred_burst_has_lost_its_edges_and_kept_its_light() -> None:
    blurred = damage.blurred(PICTURE.image, PICTURE.face, seed=1)
    for good, spoilt in zip(GOOD.frames, blurred.frames, strict=True):
        before, after = face_in(decode(good), PICTURE), face_in(decode(spoilt), PICTURE)
        assert sharpness(before) > 20.0
        assert sharpness(after) < 6.0
        assert after.mean() == pytest.approx(before.mean(), abs=6)


def test_an_overexposed_burst_is_mostly_white() -> None:
    for frame in damage.overexposed(PICTURE.image, PICTURE.face, seed=1).frames:
        face = face_in(decode(frame), PICTURE)
        assert (face.mean(axis=2) >= 240).mean() > 0.35
    assert (face_in(decode(GOOD.primary_frame), PICTURE).mean(axis=2) >= 240).mean() < 0.02


def test_a_dark_burst_is_nearly_black_and_not_quite() -> None:
    for frame in damage.dark(PICTURE.image, PICTURE.face, seed=1).frames:
        assert 3.0 < face_in(decode(frame), PICTURE).mean() < 30.0


def test_a_tiny_face_is_seventy_pixels_tall() -> None:
    image, face = marked_picture()
    for frame in damage.tiny_face(image, face, seed=1).frames:
        assert red_box(decode(frame)).height == pytest.approx(70.0, abs=8)


def test_a_cut_off_face_reaches_past_the_edge() -> None:
    image, face = marked_picture()
    whole_px = 170.0 * face.width / face.height
    for frame in damage.cut_off(image, face, seed=1).frames:
        box = red_box(decode(frame))
        assert box.right == 640.0
        assert box.width == pytest.approx(0.8 * whole_px, abs=18)


def test_two_faces_stand_side_by_side_at_one_size() -> None:
    burst = damage.two_faces((PICTURE.image, PICTURE.face), (OTHER.image, OTHER.face), seed=1)
    assert len(burst.frames) == 6
    image, face = marked_picture()
    for frame in damage.two_faces((image, face), (image, face), seed=1).frames:
        pixels = decode(frame)
        left, right = red_box(pixels[:, :320]), red_box(pixels[:, 320:])
        assert left.height == pytest.approx(170.0, abs=6)
        assert right.height == pytest.approx(170.0, abs=6)
        assert left.left > 40
        assert right.right < 280


def test_a_faceless_burst_has_a_wall_without_edges() -> None:
    for frame in damage.faceless(PICTURE.image, seed=1).frames:
        pixels = decode(frame)
        assert pixels.shape == (480, 640, 3)
        assert sharpness(pixels) < 2.0
        columns = pixels.astype(np.float64).mean(axis=(0, 2))
        assert columns.std() < 1.0


def test_a_truncated_burst_keeps_the_first_part_of_each_file() -> None:
    for whole, part in zip(GOOD.frames, damage.truncated(GOOD).frames, strict=True):
        assert whole.startswith(part)
        assert len(part) == int(len(whole) * 0.6)


def test_light_is_amplified_in_linear_terms() -> None:
    grey = np.full((4, 4, 3), 100, np.uint8)
    assert damage.amplify_light(grey, 1.0).max() == 100
    assert damage.amplify_light(grey, 2.0).max() == round(100 * 2 ** (1 / 2.2))
    assert damage.amplify_light(grey, 50.0).max() == 255
