"""Drawn people: the same number is the same person, and an expression moves only what it should."""

from __future__ import annotations

import numpy as np
import pytest

from adapters.demo.appearance import EXPRESSIONS, ExpressionName, invent
from adapters.demo.canvas import Canvas
from adapters.demo.drawn_face import CENTRE, HEIGHT, UNIT_PX, WIDTH, Picture, draw_face

SEED = 219


def test_a_number_is_one_person() -> None:
    assert invent(SEED) == invent(SEED)
    assert invent(SEED) != invent(SEED + 1)


def test_a_drawing_is_the_same_each_time() -> None:
    one, again = draw_face(invent(SEED), "happy"), draw_face(invent(SEED), "happy")
    assert np.array_equal(one.image, again.image)
    assert one.face == again.face


@pytest.mark.parametrize("seed", range(0, 60, 12))
def test_anybody_can_be_drawn_with_every_expression(seed: int) -> None:
    for expression in EXPRESSIONS:
        picture = draw_face(invent(seed), expression)
        assert picture.image.shape == (HEIGHT, WIDTH, 3)
        assert picture.image.dtype == np.uint8
        assert picture.face.left > 0
        assert picture.face.right < WIDTH
        assert picture.image.std() > 20


@pytest.mark.parametrize("expression", ["happy", "surprise", "sad", "angry"])
def test_an_expression_changes_the_face_and_nothing_around_it(expression: ExpressionName) -> None:
    calm, moved = draw_face(invent(SEED), "neutral"), draw_face(invent(SEED), expression)
    change = np.abs(calm.image.astype(np.int16) - moved.image).max(axis=2) > 12
    rows, columns = np.nonzero(change)
    assert len(rows) > 200
    assert rows.min() > calm.face.top
    assert rows.max() < calm.face.bottom + 4
    assert columns.min() > calm.face.left
    assert columns.max() < calm.face.right


def test_a_smile_shows_teeth() -> None:
    person = invent(SEED)
    assert _mouth(draw_face(person, "happy"), person.mouth_y).min(axis=2).max() > 200
    assert _mouth(draw_face(person, "neutral"), person.mouth_y).min(axis=2).max() < 200


def test_a_turned_head_moves_its_features_and_not_its_outline() -> None:
    ahead, turned = draw_face(invent(SEED), "neutral"), draw_face(invent(SEED), "neutral", turn=0.15)
    change = np.abs(ahead.image.astype(np.int16) - turned.image).max(axis=2) > 12
    assert change[:, 60:420].any()
    assert not change[:, :60].any()
    assert not change[:, 420:].any()


def test_a_window_draws_onto_its_canvas() -> None:
    canvas = Canvas.blank(40, 40, centre=(20.0, 20.0), unit_px=10.0)
    window = canvas.window(-1.0, -1.0, 1.0, 1.0)
    window.paint(window.ellipse(0.0, 0.0, 0.5, 0.5), (200.0, 100.0, 50.0))
    assert canvas.levels[20, 20].tolist() == [200.0, 100.0, 50.0]
    assert canvas.levels[0, 0].tolist() == [0.0, 0.0, 0.0]


def _mouth(picture: Picture, mouth_y: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    row = round(CENTRE[1] + mouth_y * UNIT_PX)
    return picture.image[row - 8 : row + 14, round(CENTRE[0]) - 15 : round(CENTRE[0]) + 15]
