"""Reads a folder of photographs: one sub-folder for each person, in any format that Pillow reads."""

from __future__ import annotations

from pathlib import Path

import cv2
import msgspec
import numpy as np
from PIL import Image as Pillow

from adapters.demo.bursts import Image
from adapters.photographs import NotAPicture, open_upright

CROP_SIDE_PX = 240


class NoPhotographs(Exception):
    """The folder holds nobody; the message says what was looked for."""


class PhotographedPerson(msgspec.Struct, frozen=True):
    """A sub-folder: its name as a user id and as words, and the photographs in it in the order of their names."""

    user_id: str
    name: str
    files: tuple[Path, ...]


def people_in(folder: Path) -> tuple[PhotographedPerson, ...]:
    """Raises NoPhotographs."""
    readable = Pillow.registered_extensions()
    people = []
    for place in sorted(path for path in folder.glob("*") if path.is_dir()):
        files = tuple(sorted(path for path in place.iterdir() if path.suffix.lower() in readable))
        if files:
            words = place.name.replace("_", " ").replace("-", " ").strip()
            people.append(PhotographedPerson(place.name, words.title() if words.islower() else words, files))
    if not people:
        raise NoPhotographs(f"{folder} has no photographs: they are looked for in {folder}/<name>/*.jpg")
    return tuple(people)


def read_photograph(file: Path) -> Image | None:
    """Upright RGB; None where it is no picture after all."""
    try:
        return np.asarray(open_upright(file))
    except NotAPicture:
        return None


def with_room(image: Image) -> Image:
    """A crop so tight that it cuts the face, set into a wider frame: enlarged where small, its edges repeated."""
    scale = max(1.0, CROP_SIDE_PX / min(image.shape[:2]))
    larger = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    room = round(0.4 * min(larger.shape[:2]))
    framed: Image = cv2.copyMakeBorder(larger, room, room, room, room, cv2.BORDER_REPLICATE)
    return framed
