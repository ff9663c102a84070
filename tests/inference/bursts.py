"""Drawn people before the camera, as the engine's tests see them."""

from __future__ import annotations

from functools import cache

import numpy as np

from adapters.demo.bursts import Burst, Image, make_burst
from adapters.demo.cast import CAST, STRANGER, CastMember, picture_of
from domain.face import Box
from inference.pixels import Floats

NOBODY: Floats = np.zeros((0, 128), dtype=np.float32)
MIRA, BRUNO, TAREK = CAST[0], CAST[1], CAST[5]
__all__ = ["BRUNO", "MIRA", "NOBODY", "STRANGER", "TAREK", "burst", "drawn"]


def drawn(member: CastMember) -> tuple[Image, Box]:
    picture = picture_of(member, "neutral")
    return picture.image, picture.face


@cache
def burst(member: CastMember, seed: int = 0) -> Burst:
    return make_burst(*drawn(member), seed=seed)
