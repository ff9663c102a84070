"""What a drawn person looks like: geometry, colours and hair, invented from a number."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from adapters.demo.canvas import Colour, mix

Hair = Literal["bald", "short", "receding", "bob", "long", "curls"]
Beard = Literal["none", "stubble", "moustache", "full"]
Glasses = Literal["none", "round", "square"]
ExpressionName = Literal["neutral", "happy", "surprise", "sad", "angry"]


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """One person. Lengths in half heads; positions from the middle of the head, y down."""

    skin: Colour
    hair_colour: Colour
    iris: Colour
    lips: Colour
    shirt: Colour
    width: float
    jaw: float
    cheekbones: float
    ears: float
    eye_y: float
    eye_apart: float
    eye_wide: float
    eye_tall: float
    eye_tilt: float
    brow_y: float
    brow_thick: float
    brow_tilt: float
    nose_long: float
    nose_wide: float
    mouth_y: float
    mouth_wide: float
    lip_thick: float
    hairline: float
    hair_volume: float
    hair: Hair
    beard: Beard
    glasses: Glasses
    age: float
    blush: float
    freckles: tuple[tuple[float, float], ...]


class Expression(msgspec.Struct, frozen=True, kw_only=True):
    """How far a face moves, from 0 (at rest). `smile` is negative for a frown, `brow_in` for brows drawn down."""

    smile: float = 0.0
    mouth_open: float = 0.0
    teeth: bool = False
    brow_up: float = 0.0
    brow_in: float = 0.0
    squint: float = 0.0


EXPRESSIONS: dict[ExpressionName, Expression] = {
    "neutral": Expression(smile=0.06),
    "happy": Expression(smile=1.0, mouth_open=0.62, teeth=True, squint=0.4, brow_up=0.01),
    "surprise": Expression(mouth_open=1.0, brow_up=0.10, squint=-0.55),
    "sad": Expression(smile=-0.75, brow_in=0.12, squint=0.15),
    "angry": Expression(smile=-0.4, brow_in=-0.17, brow_up=-0.05, squint=0.3),
}

_PALE, _BROWN = (241.0, 201.0, 176.0), (88.0, 56.0, 42.0)
_DARK_HAIR = ((38, 28, 22), (24, 24, 28), (62, 40, 28), (150, 146, 144))
_LIGHT_HAIR = ((84, 56, 34), (196, 158, 92), (24, 24, 28), (138, 66, 34), (176, 172, 168), (112, 74, 44))
_IRIS_COLOURS = ((84, 56, 34), (74, 110, 150), (86, 116, 74), (48, 36, 28))
_SHIRTS = ((64, 84, 120), (124, 58, 62), (66, 104, 88), (92, 88, 96), (150, 122, 74), (52, 56, 66))


def invent(seed: int) -> Appearance:
    """The person of number `seed`: the same one every time."""
    draw = np.random.default_rng(seed)

    def between(low: float, high: float) -> float:
        return float(draw.uniform(low, high))

    def one_of(colours: tuple[tuple[int, int, int], ...]) -> Colour:
        red, green, blue = colours[int(draw.integers(len(colours)))]
        return float(red), float(green), float(blue)

    tan = between(0.0, 1.0)
    skin = mix(_PALE, 1.0 - tan, _BROWN)
    womanly = bool(draw.random() < 0.5)
    hairs: tuple[Hair, ...] = ("bob", "long", "curls") if womanly else ("bald", "short", "receding", "curls")
    beards: tuple[Beard, ...] = ("none",) if womanly else ("none", "none", "stubble", "moustache", "full")
    freckled = int(draw.integers(4, 14)) if draw.random() < 0.3 else 0
    return Appearance(
        skin=skin,
        hair_colour=one_of(_LIGHT_HAIR if tan < 0.5 else _DARK_HAIR),
        iris=one_of(_IRIS_COLOURS),
        lips=mix(skin, 0.55, (196.0, 62.0, 74.0) if womanly else (150.0, 74.0, 70.0)),
        shirt=one_of(_SHIRTS),
        width=between(0.60, 0.88),
        jaw=between(1.7, 2.6) if womanly else between(1.9, 3.9),
        cheekbones=between(0.2, 1.8),
        ears=between(0.7, 1.3),
        eye_y=between(-0.12, 0.08),
        eye_apart=between(0.27, 0.40),
        eye_wide=between(0.115, 0.185),
        eye_tall=between(0.050, 0.090) if womanly else between(0.038, 0.070),
        eye_tilt=between(-0.3, 0.3),
        brow_y=between(-0.23, -0.13),
        brow_thick=between(0.013, 0.030) if womanly else between(0.022, 0.055),
        brow_tilt=between(-0.07, 0.08),
        nose_long=between(0.27, 0.47),
        nose_wide=between(0.09, 0.20),
        mouth_y=between(0.49, 0.62),
        mouth_wide=between(0.22, 0.36),
        lip_thick=between(0.03, 0.085) if womanly else between(0.015, 0.06),
        hairline=between(-0.70, -0.38),
        hair_volume=between(0.06, 0.30),
        hair=hairs[int(draw.integers(len(hairs)))],
        beard=beards[int(draw.integers(len(beards)))],
        glasses=("none", "none", "none", "round", "square")[int(draw.integers(5))],
        age=between(0.0, 1.0),
        blush=between(0.0, 1.0),
        freckles=tuple((between(-0.4, 0.4), between(0.05, 0.4)) for _ in range(freckled)),
    )
