"""Pictures that the demo's tests look at, and how they measure them."""

from __future__ import annotations

import cv2
import numpy as np

from adapters.demo.appearance import invent
from adapters.demo.bursts import FACE_CENTRE, FACE_HEIGHT_PX, Image
from adapters.demo.drawn_face import Picture, draw_face
from domain.face import Box

PICTURE = draw_face(invent(7), "neutral")
OTHER = draw_face(invent(40), "happy")


def decode(jpeg: bytes) -> Image:
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    image: Image = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    return image


def face_in(frame: Image, picture: Picture, *, height_px: float = FACE_HEIGHT_PX) -> Image:
    """The part of a frame where a burst of `picture` puts the face."""
    width_px = height_px * picture.face.width / picture.face.height
    (x, y), half_width, half_height = FACE_CENTRE, width_px / 2, height_px / 2
    return frame[round(y - half_height) : round(y + half_height), round(x - half_width) : round(x + half_width)]


def sharpness(image: Image) -> float:
    """Variance of the Laplacian of the picture scaled to 128×128 grey, lightly smoothed."""
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (128, 128), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 0.8), cv2.CV_32F).var())


def marked_picture() -> tuple[Image, Box]:
    """A grey picture whose “face” is a red rectangle, so that where it lands can be measured."""
    image: Image = np.full((900, 1200, 3), 128, np.uint8)
    image[300:640, 500:760] = (255, 0, 0)
    return image, Box(500.0, 300.0, 760.0, 640.0)


def red_box(frame: Image) -> Box:
    levels = frame.astype(np.int16)
    red = (levels[..., 0] - levels[..., 1]) > 90
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    return Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
