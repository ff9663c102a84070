"""Reads a folder of photographs, and shows each to the engine as a station's camera would have seen it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec

from adapters.demo.bursts import Burst, Image, make_burst
from domain.face import Box
from inference.boxes import to_box
from inference.detection import CLOSE
from inference.engine import Engine
from inference.pyramid import Pyramid

PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "shared" / "faces"
_SUFFIXES = frozenset((".jpg", ".jpeg", ".png"))
_SEARCHED_PX = 900


class Photograph(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of one person. `group`: the set that the person's folder lies in, empty where there is only one."""

    path: Path
    person: str
    group: str


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A photograph's pixels, and where its largest face stands in them."""

    photograph: Photograph
    image: Image
    face: Box

    def burst(self, seed: int = 0, face_height_px: float = 170.0) -> Burst:
        return make_burst(self.image, self.face, seed=seed, face_height_px=face_height_px)


def photographs(folder: Path) -> Iterator[Photograph]:
    """Every `[group/]person/picture` below `folder`, where a person has a folder of their own."""
    for path in sorted(folder.glob("**/*")):
        parts = path.relative_to(folder).parts
        if path.suffix.lower() in _SUFFIXES and len(parts) in (2, 3):
            yield Photograph(path=path, person=parts[-2], group="/".join(parts[:-2]))


def identities(folder: Path) -> list[Photograph]:
    """The photographs that say who is on them; of the test pictures, only the two sets of people."""
    every = list(photographs(folder))
    return [photograph for photograph in every if photograph.group] or every


def read_image(path: Path) -> Image:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} is no picture")
    longer = max(image.shape[:2])
    if longer > 2 * _SEARCHED_PX:
        image = cv2.resize(image, None, fx=2 * _SEARCHED_PX / longer, fy=2 * _SEARCHED_PX / longer, interpolation=3)
    rgb: Image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return rgb


def place(photograph: Photograph, engine: Engine) -> Placed | None:
    """Find the largest face, also in a crop so tight that it reaches past the edges; None where there is none."""
    image = read_image(photograph.path)
    found = largest_face(image, engine)
    return None if found is None else Placed(photograph=photograph, image=image, face=found)


def largest_face(image: Image, engine: Engine) -> Box | None:
    border = max(image.shape[:2]) // 3
    padded = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    scale = min(1.0, _SEARCHED_PX / max(padded.shape[:2]))
    if scale < 1.0:
        padded = cv2.resize(padded, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    faces = engine.detector.find(Pyramid(padded), CLOSE)
    if not len(faces):
        return None
    box = to_box(faces.boxes[0], 1 / scale)
    return Box(box.left - border, box.top - border, box.right - border, box.bottom - border)
