"""The head of a drawn person, lit: its outline, its relief, its skin; and what stands behind it."""

from __future__ import annotations

import numpy as np

from adapters.demo.appearance import Appearance, Expression
from adapters.demo.canvas import Canvas, Grid, mix

Light = tuple[float, float, float]
"""Where the light comes from: right, down, towards the viewer."""


def paint_wall(canvas: Canvas) -> None:
    height = canvas.levels.shape[0]
    fall = np.linspace(1.06, 0.86, height, dtype=np.float32)[:, np.newaxis, np.newaxis]
    canvas.levels[:] = np.array((164.0, 172.0, 178.0), np.float32) * fall


def paint_body(canvas: Canvas, person: Appearance) -> None:
    """Shoulders in a shirt, and the neck with the shadow of the chin."""
    low = canvas.window(-2.0, 0.4, 2.0, 3.0)
    neck_wide = 0.30 + 0.22 * person.width
    low.paint(low.ellipse(0.0, 2.75, 1.75, 1.38, 0.04), person.shirt)
    neck = low.inside(neck_wide - np.abs(low.x), 0.05) * low.inside(1.52 - low.y - 0.16 * low.x**2, 0.02)
    low.paint(neck, mix(person.skin, 0.86))
    low.paint(low.ellipse(0.0, 1.45, neck_wide * 0.97, 0.22, 0.05), mix(person.skin, 0.86))
    low.shade(0.45 * low.glow(0.0, 0.86, 0.75, 0.34) * neck)


def paint_ears(canvas: Canvas, person: Appearance) -> None:
    for side in (-1, 1):
        at = side * person.width * 0.99
        ear = canvas.window(at - 0.3, -0.4, at + 0.3, 0.5)
        ear.paint(ear.ellipse(at, 0.05, 0.11 * person.ears, 0.19 * person.ears, 0.03), mix(person.skin, 0.86))
        ear.shade(0.35 * ear.glow(at + side * 0.02, 0.05, 0.05, 0.09))


def radius_of_head(canvas: Canvas, person: Appearance) -> Grid:
    """0 in the middle of the head, 1 at its outline; the jaw squares or points the lower half."""
    power = np.where(canvas.y < 0.0, 2.2, person.jaw).astype(np.float32)
    down: Grid = np.abs(canvas.y) ** power
    return (canvas.x / person.width) ** 2 + down


def depth_of_head(canvas: Canvas, person: Appearance) -> Grid:
    """How far each point stands out towards the viewer: 1 in the middle, 0 at the outline and beyond."""
    depth: Grid = np.sqrt(np.clip(1.0 - radius_of_head(canvas, person), 0.0, 1.0))
    return depth


def paint_skin(head: Canvas, face: Canvas, person: Appearance, expression: Expression, light: Light) -> Grid:
    """The lit head; answers where it covers the canvas. `face` is the canvas with its features turned."""
    radius = radius_of_head(head, person)
    cover = head.inside((1.0 - radius) * 0.45, 0.02)
    depth = np.sqrt(np.clip(1.0 - radius, 0.0, 1.0))
    slope_y, slope_x = np.gradient(_relief(face, person, expression), 1.0 / head.unit_px)
    across, down, towards = head.x / person.width * 0.75 - slope_x, head.y * 0.6 - slope_y, depth + 0.42
    length = np.sqrt(across**2 + down**2 + towards**2)
    source = np.asarray(light, np.float32) / np.linalg.norm(light)
    lit = np.clip((across * source[0] + down * source[1] + towards * source[2]) / length, 0.0, 1.0)
    shine = np.clip((0.3 * across * source[0] - 0.35 * down + 0.88 * towards) / length, 0.0, 1.0) ** 26
    brightness = 0.52 + 0.56 * lit - 0.10 * np.clip(radius - 0.6, 0.0, 1.0)
    skin = np.asarray(person.skin, np.float32) * brightness[..., np.newaxis] + (16.0 * shine)[..., np.newaxis]
    head.paint(cover, skin)
    _paint_complexion(face, person, cover)
    return cover


def _relief(face: Canvas, person: Appearance, expression: Expression) -> Grid:
    """Height over the plain egg: nose, brow ridge, eye sockets, cheeks, lips, chin."""
    eye_y, apart, nose_y = person.eye_y, person.eye_apart, person.eye_y + person.nose_long
    wide, smile = person.nose_wide, max(expression.smile, 0.0)
    relief = 0.17 * face.glow(0.0, eye_y + person.nose_long * 0.5, wide * 0.6, person.nose_long * 0.62)
    relief += 0.17 * face.glow(0.0, nose_y - 0.04, wide * 0.8, 0.09)
    relief += 0.10 * face.glow(0.0, 0.86, 0.2, 0.12) - 0.05 * face.glow(0.0, person.mouth_y + 0.15, 0.2, 0.06)
    relief += 0.03 * face.glow(0.0, person.mouth_y, 0.24, 0.09)
    for side in (-1, 1):
        relief += 0.07 * face.glow(side * wide * 0.85, nose_y - 0.01, 0.06, 0.06)
        relief -= 0.10 * face.glow(side * apart, eye_y, 0.19, 0.10)
        relief += 0.05 * face.glow(side * apart, eye_y - 0.18, 0.22, 0.08)
        cheek = (0.05 + 0.04 * person.cheekbones) * (1.0 + 0.5 * smile)
        relief += cheek * face.glow(side * apart * 1.35, eye_y + 0.30 - 0.04 * smile, 0.20, 0.17)
    return relief


def _paint_complexion(face: Canvas, person: Appearance, cover: Grid) -> None:
    """Blush, freckles and the lines of age."""
    middle, nose_y = person.eye_apart, person.eye_y + person.nose_long
    for side in (-1, 1):
        blush = face.glow(side * middle * 1.25, person.eye_y + 0.32, 0.18, 0.13)
        face.paint(0.22 * person.blush * blush * cover, mix(person.skin, 0.5, (226.0, 96.0, 92.0)))
    for x, y in person.freckles:
        spot = face.window(x - 0.06, y - 0.06, x + 0.06, y + 0.06)
        spot.shade(0.30 * spot.glow(x, y, 0.016, 0.016))
    lines = max(person.age - 0.45, 0.0)
    if lines > 0.0:
        brow = face.window(-0.6, -0.75, 0.6, -0.1)
        for row in range(3):
            crease = brow.stroke(person.eye_y - 0.36 - 0.09 * row + 0.02 * np.cos(5.0 * brow.x), 0.013)
            brow.shade(0.30 * lines * crease * np.exp(-((brow.x / 0.42) ** 4)))
    for side in (-1, 1):
        fold = face.window(-0.6, nose_y - 0.1, 0.6, person.mouth_y + 0.1)
        along = side * (person.nose_wide * 1.05 + 0.5 * (fold.y - nose_y))
        reach = fold.inside(fold.y - nose_y + 0.05, 0.08) * fold.inside(person.mouth_y - fold.y, 0.08)
        fold.shade((0.07 + 0.25 * lines) * reach * np.exp(-(((fold.x - along) / 0.02) ** 2)))
