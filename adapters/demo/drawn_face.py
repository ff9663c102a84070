"""Draws a person who does not exist: an appearance with an expression, lit, as a photograph would show it."""

from __future__ import annotations

import msgspec

from adapters.demo.appearance import EXPRESSIONS, Appearance, ExpressionName
from adapters.demo.bursts import Image, as_image
from adapters.demo.canvas import Canvas
from adapters.demo.features import paint_beard, paint_brows, paint_eyes, paint_glasses, paint_mouth, paint_nose
from adapters.demo.hair import paint_hair_behind, paint_hair_front
from adapters.demo.head import (
    Light,
    depth_of_head,
    paint_body,
    paint_ears,
    paint_skin,
    paint_wall,
)
from domain.face import Box

WIDTH, HEIGHT, UNIT_PX, CENTRE = 480, 520, 110.0, (240.0, 235.0)
FRONT_LIGHT: Light = (-0.25, -0.45, 0.86)


class Picture(msgspec.Struct, frozen=True):
    """An image, and where the face in it stands."""

    image: Image
    face: Box


def draw_face(
    person: Appearance, expression: ExpressionName, *, turn: float = 0.0, light: Light = FRONT_LIGHT
) -> Picture:
    """480×520 pixels. `turn` moves the features sideways as a turned head does, about -0.2 to 0.2."""
    moves = EXPRESSIONS[expression]
    canvas = Canvas.blank(WIDTH, HEIGHT, centre=CENTRE, unit_px=UNIT_PX)
    paint_wall(canvas)
    paint_hair_behind(canvas, person)
    paint_body(canvas, person)
    paint_ears(canvas, person)
    face = canvas.moved(0.5 * turn * depth_of_head(canvas, person))
    skin = paint_skin(canvas, face, person, moves, light)
    paint_beard(face, person, moves, skin)
    paint_nose(face, person)
    paint_eyes(face, person, moves)
    paint_brows(face, person, moves)
    paint_mouth(face, person, moves)
    paint_hair_front(canvas, person)
    paint_glasses(face, person)
    return Picture(as_image(canvas.levels), _face_box(person))


def _face_box(person: Appearance) -> Box:
    """From the forehead to the chin: as large as a detector's box."""
    x, y = CENTRE
    half = person.width * 0.95 * UNIT_PX
    return Box(x - half, y - 0.68 * UNIT_PX, x + half, y + 1.0 * UNIT_PX)
