"""Photographs that say in a JPEG comment whom they show and which shot they are: no two are alike."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from functools import cache

import numpy as np

from edge_device.camera import FRAMES_PER_BURST, Burst, Frame, Luminance
from tests.station.pictures import jpeg, scene

PEOPLE = 8
_COMMENT = b"\xff\xfe"
_PREFIX = b"person "


def photograph(person: int, shot: str) -> bytes:
    return _with_comment(_pictures()[person], _PREFIX + f"{person} shot {shot}".encode())


def person_in(photographed: bytes) -> int | None:
    """None where the file is no photograph of ours."""
    start = photographed.find(_COMMENT + b"\x00")
    if start < 0:
        return None
    words = photographed[start + 4 :].split(b" ", 2)
    return int(words[1]) if len(words) == 3 and words[0] + b" " == _PREFIX else None


class Photographer:
    """A camera before which somebody else stands at each burst. Implements edge_device.camera.Camera."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def open(self) -> None:
        """There is nothing to open."""

    def capture_burst(self) -> Burst:
        person = self._rng.randrange(PEOPLE)
        shots = [photograph(person, f"{self._rng.getrandbits(128):032x}") for _ in range(FRAMES_PER_BURST)]
        return Burst(frames=tuple(Frame(jpeg=shot, monotonic_ns=1) for shot in shots))

    def glance(self) -> Luminance:
        return np.zeros((240, 320), np.uint8)

    def close(self) -> None:
        """There is nothing to close."""


@cache
def _pictures() -> Sequence[bytes]:
    return [jpeg(scene(person, width=160, height=112)) for person in range(PEOPLE)]


def _with_comment(picture: bytes, comment: bytes) -> bytes:
    """Right after the start of the image."""
    return picture[:2] + _COMMENT + struct.pack(">H", len(comment) + 2) + comment + picture[2:]
