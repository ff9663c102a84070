"""The hair of a drawn person: the mass behind the head, and what falls over the forehead."""

from __future__ import annotations

import numpy as np

from adapters.demo.appearance import Appearance
from adapters.demo.canvas import Canvas, Grid, mix
from adapters.demo.head import radius_of_head


def paint_hair_behind(canvas: Canvas, person: Appearance) -> None:
    volume, width = person.hair_volume, person.width
    if person.hair in ("bald", "receding", "short"):
        return
    colour = mix(person.hair_colour, 0.72)
    if person.hair == "curls":
        canvas.paint(_curly_outline(canvas, person), colour)
        return
    canvas.paint(canvas.ellipse(0.0, -0.18, width + 0.10 + volume * 0.6, 1.0 + volume * 0.5, 0.03), colour)
    length = 0.72 if person.hair == "bob" else 1.75
    side = canvas.inside(width + 0.10 + volume * 0.6 - np.abs(canvas.x) - 0.04 * np.cos(3.0 * canvas.y), 0.05)
    canvas.paint(side * canvas.inside(canvas.y + 0.2, 0.1) * canvas.inside(length - canvas.y, 0.12), colour)


def paint_hair_front(canvas: Canvas, person: Appearance) -> None:
    """Over the skull down to the hairline."""
    if person.hair == "bald":
        return
    top = canvas.window(-1.6, -1.6, 1.6, 0.6)
    scalp = _scalp(top, person)
    strands = 1.0 + 0.13 * _strands(top, person)
    sheen = 1.0 + 0.22 * top.glow(-0.2, -0.78, 0.5, 0.16)
    colour = np.asarray(person.hair_colour, np.float32) * (strands * sheen)[..., np.newaxis]
    top.shade(0.30 * top.inside(scalp + 0.06, 0.16) * top.inside(1.0 - radius_of_head(top, person), 0.05))
    top.paint(top.inside(scalp, 0.035), colour)


def _scalp(top: Canvas, person: Appearance) -> Grid:
    """Positive where hair grows: inside the skull's outline with its volume, above the hairline."""
    lift = {"receding": 0.02, "short": 0.06, "bob": 0.10, "long": 0.10}.get(person.hair, 0.0) + person.hair_volume * 0.3
    across = np.minimum(np.abs(top.x) / person.width, 1.05)
    outline = (1.0 - np.sqrt((top.x / (person.width + lift)) ** 2 + (np.minimum(top.y, 0.0) / (1.0 + lift)) ** 2)) * 0.7
    line = person.hairline + 0.03 * np.cos(7.0 * top.x + 40.0 * person.hairline)
    match person.hair:
        case "receding":
            line = line - 0.30 + 0.78 * across**3
        case "short" | "curls":
            line = line + 0.48 * across**6
        case _:
            parted = np.clip(top.x / person.width * (1.0 if person.hairline > -0.54 else -1.0), -1.0, 1.0)
            line = line + 0.14 * parted + 0.55 * across**4
    grown: Grid = np.minimum(outline, line - top.y)
    if person.hair == "curls":
        grown = np.minimum(_curly_outline(top, person) - 0.5, line - top.y)
    edge_of_head = 0.97 * person.width * np.sqrt(np.clip(1.0 - np.minimum(top.y, 0.0) ** 2, 0.0, 1.0))
    sideburns = np.minimum(0.05 - np.abs(np.abs(top.x) - edge_of_head), 0.16 - top.y)
    sideburns = np.minimum(sideburns, top.y + 0.9)
    return np.maximum(grown, sideburns) if person.hair in ("short", "receding") else grown


def _curly_outline(canvas: Canvas, person: Appearance) -> Grid:
    angle = np.arctan2(canvas.y + 0.25, canvas.x)
    bumps = 0.035 * np.sin(15.0 * angle) + 0.02 * np.sin(29.0 * angle + 1.0)
    wide, tall = person.width + 0.12 + person.hair_volume, 0.95 + person.hair_volume
    reach = np.sqrt((canvas.x / wide) ** 2 + ((canvas.y + 0.25) / tall) ** 2)
    return canvas.inside((1.0 + bumps - reach) * 0.8, 0.03)


def _strands(top: Canvas, person: Appearance) -> Grid:
    """Light and dark along the hair, about -1 to 1."""
    if person.hair == "curls":
        x, y = top.x, top.y
        across = np.sin(23.0 * x + 2.5 * np.sin(11.0 * y) + 1.5 * np.sin(7.0 * x + 13.0 * y))
        waves: Grid = across * np.sin(21.0 * y + 2.5 * np.sin(13.0 * x) + 1.5 * np.sin(17.0 * x - 6.0 * y))
        return waves
    angle = np.arctan2(top.x, top.y + 2.2)
    strands: Grid = 0.6 * np.sin(95.0 * angle) + 0.4 * np.sin(231.0 * angle + 2.0 * np.sin(9.0 * top.y))
    return strands
