"""The features of a drawn face: eyes, brows, nose, mouth, beard and glasses."""

from __future__ import annotations

import numpy as np

from adapters.demo.appearance import Appearance, Expression
from adapters.demo.canvas import Canvas, Grid, mix


def paint_eyes(face: Canvas, person: Appearance, expression: Expression) -> None:
    for side in (-1, 1):
        at = side * person.eye_apart
        eye = face.window(at - 0.3, person.eye_y - 0.25, at + 0.3, person.eye_y + 0.25)
        _paint_eye(eye, at, side, person, expression)


def _paint_eye(eye: Canvas, at: float, side: int, person: Appearance, expression: Expression) -> None:
    open_share = 1.0 - (0.45 if expression.squint > 0 else 0.6) * expression.squint
    tall, wide = person.eye_tall * open_share, person.eye_wide
    along = (eye.x - at) / wide
    arch = np.sqrt(np.clip(1.0 - along**2, 0.0, 1.0))
    middle = person.eye_y - person.eye_tilt * side * (eye.x - at)
    upper, lower = middle - 1.05 * tall * arch, middle + (0.75 - 0.2 * max(expression.smile, 0.0)) * tall * arch
    within = eye.inside(1.02 - np.abs(along), 0.05)
    opening = eye.inside(eye.y - upper) * eye.inside(lower - eye.y) * within
    eye.shade(0.22 * eye.glow(at, person.eye_y - 0.03, wide * 1.25, person.eye_tall * 2.2))
    eye.paint(opening, (238.0, 235.0, 230.0))
    eye.shade(0.30 * opening * eye.stroke(upper, 0.03))
    iris = person.eye_tall * 0.92
    eye.paint(opening * eye.ellipse(at, person.eye_y, iris, iris), mix(person.iris, 0.55))
    eye.paint(opening * eye.ellipse(at, person.eye_y, iris * 0.84, iris * 0.84), person.iris)
    eye.paint(opening * eye.ellipse(at, person.eye_y, iris * 0.45, iris * 0.45), (14.0, 12.0, 12.0))
    eye.paint(eye.ellipse(at - 0.25 * iris, person.eye_y - 0.3 * iris, iris * 0.2, iris * 0.2), (250.0, 250.0, 250.0))
    eye.paint(0.9 * eye.stroke(upper, 0.017) * within, (40.0, 28.0, 24.0))
    eye.shade(0.30 * eye.stroke(lower, 0.012) * within)
    eye.shade(0.30 * eye.stroke(upper - 0.045, 0.013) * within)


def paint_brows(face: Canvas, person: Appearance, expression: Expression) -> None:
    colour = mix(person.hair_colour, 0.7, mix(person.skin, 0.35))
    for side in (-1, 1):
        at = side * person.eye_apart
        brow = face.window(at - 0.35, person.eye_y - 0.6, at + 0.35, person.eye_y + 0.05)
        outward = side * (brow.x - at) / (person.eye_wide * 1.35)
        height = person.eye_y + person.brow_y - expression.brow_up - 0.035 * (1.0 - outward**2)
        height = height + person.brow_tilt * outward * 0.6 + 0.55 * expression.brow_in * outward
        thick = person.brow_thick * (1.0 - 0.4 * np.clip(outward, 0.0, 1.0))
        brow.paint(0.88 * brow.stroke(height, thick) * brow.inside(1.0 - np.abs(outward), 0.12), colour)


def paint_nose(face: Canvas, person: Appearance) -> None:
    """Nostrils and the shadow below; its relief is the head's."""
    tip = person.eye_y + person.nose_long
    nose = face.window(-0.35, tip - 0.2, 0.35, tip + 0.2)
    nose.shade(0.22 * nose.glow(0.0, tip + 0.035, person.nose_wide * 0.8, 0.03))
    for side in (-1, 1):
        nose.shade(0.62 * nose.glow(side * person.nose_wide * 0.45, tip, 0.036, 0.02))
        nose.shade(0.20 * nose.glow(side * person.nose_wide * 1.02, tip - 0.03, 0.018, 0.05))


def paint_mouth(face: Canvas, person: Appearance, expression: Expression) -> None:
    smile, wide_open = expression.smile, expression.mouth_open
    mouth = face.window(-0.6, person.mouth_y - 0.3, 0.6, person.mouth_y + 0.4)
    half = person.mouth_wide * (1.0 + 0.25 * max(smile, 0.0) - (0.0 if expression.teeth else 0.28 * wide_open))
    along = mouth.x / half
    within = mouth.inside((1.0 - np.abs(along)) * half, 0.02)
    arch = np.sqrt(np.clip(1.0 - along**2, 0.0, 1.0))
    line = person.mouth_y - 0.13 * smile * (along**2 - 0.35)
    gap = wide_open * (0.17 if expression.teeth else 0.20) * arch
    upper, lower, lip = line - 0.35 * gap, line + 0.65 * gap, person.lip_thick * arch
    bow = 0.014 * np.exp(-((along / 0.12) ** 2)) - 0.010 * np.exp(-(((np.abs(along) - 0.28) / 0.16) ** 2))
    mouth.shade(0.16 * within * mouth.stroke(lower + 1.5 * lip + 0.035, 0.03))
    mouth.paint(within * mouth.inside(mouth.y - (upper - lip + bow)) * mouth.inside(upper - mouth.y), person.lips)
    lower_lip = within * mouth.inside(mouth.y - lower) * mouth.inside(lower + 1.35 * lip - mouth.y)
    mouth.paint(lower_lip, mix(person.lips, 0.93, (255.0, 255.0, 255.0)))
    opening = within * mouth.inside(mouth.y - upper) * mouth.inside(lower - mouth.y)
    if wide_open > 0.0:
        mouth.paint(opening, (74.0, 26.0, 30.0))
        if expression.teeth:
            mouth.paint(opening * mouth.inside(upper + 0.78 * gap - mouth.y), (244.0, 241.0, 234.0))
    mouth.shade(within * mouth.stroke(upper, 0.011) * (0.35 if wide_open > 0.0 else 0.6))


def paint_beard(face: Canvas, person: Appearance, expression: Expression, cover: Grid) -> None:
    """Under the mouth, which is painted over it."""
    if person.beard == "none":
        return
    colour = mix(person.hair_colour, 0.75, mix(person.skin, 0.4))
    nose_tip = person.eye_y + person.nose_long
    wide = max(0.27, person.mouth_wide * 1.15)
    droop = 0.10 * (np.abs(face.x) / wide) ** 2
    lip_top = person.mouth_y - 0.5 * person.lip_thick + droop - 0.13 * expression.smile * ((face.x / wide) ** 2 - 0.35)
    thick = 0.085 * np.sqrt(np.clip(1.0 - (face.x / wide) ** 2, 0.0, 1.0))
    moustache = face.inside(face.y - (lip_top - thick - 0.03), 0.04) * face.inside(lip_top - face.y, 0.03)
    moustache *= face.inside(wide - np.abs(face.x), 0.05) * face.inside(face.y - nose_tip - 0.03, 0.03)
    cheek_line = person.mouth_y + 0.02 - 0.85 * (np.abs(face.x) / person.width) ** 3
    jaw = face.inside(face.y - cheek_line, 0.12) * cover
    lips = face.ellipse(0.0, person.mouth_y + 0.02 * expression.smile, person.mouth_wide * 1.12, 0.10, 0.05)
    if person.beard == "moustache":
        face.paint(0.85 * moustache, colour)
    elif person.beard == "full":
        face.paint(0.85 * np.maximum(jaw * (1.0 - lips), moustache), colour)
    else:
        face.paint(0.28 * np.maximum(jaw * (1.0 - lips), 0.8 * moustache), colour)


def paint_glasses(face: Canvas, person: Appearance) -> None:
    if person.glasses == "none":
        return
    frame = face.window(-person.width * 1.02, person.eye_y - 0.3, person.width * 1.02, person.eye_y + 0.3)
    power, wide, tall = (2.0, 0.185, 0.165) if person.glasses == "round" else (4.0, 0.20, 0.135)
    colour = (38.0, 36.0, 40.0)
    middle = person.eye_y + 0.015
    for side in (-1, 1):
        across, down = (frame.x - side * person.eye_apart) / wide, (frame.y - middle) / tall
        reach = (np.abs(across) ** power + np.abs(down) ** power) ** (1.0 / power)
        frame.paint(0.92 * np.exp(-(((reach - 1.0) / 0.075) ** 2)), colour)
        temple = frame.inside(side * frame.x - person.eye_apart - wide, 0.02)
        frame.paint(0.85 * temple * frame.stroke(frame.y * 0.0 + middle - 0.03, 0.014), colour)
    bridge = frame.inside(person.eye_apart - wide - np.abs(frame.x), 0.02)
    frame.paint(0.9 * bridge * frame.stroke(middle - 0.02 - 0.1 * (0.02 - frame.x**2), 0.014), colour)
