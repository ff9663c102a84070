"""Measures how well a face can be seen, and refuses what would be judged wrongly."""

from __future__ import annotations

import cv2
import msgspec
import numpy as np

from domain.face import Box, Quality
from domain.refusal import Refusal
from inference.boxes import to_box
from inference.detection import Faces
from inference.pixels import Frame, Pixels

_JUDGED_PX = 128
_WHITE = 250


class QualityLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Where a capture stops being usable; measured in docs/recognition.md.

    `face_px`: least shorter side of the face in pixels of the frame as looked at (640×480 from a station); a face of 66
    is about 90 tall.
    `inside`: least share of the face's box within the frame. `second_face`: largest second face, by its share of the
    first one's height. The others limit what `Quality` measures.
    """

    face_px: float = 66.0
    inside: float = 0.8
    second_face: float = 0.6
    sharpness: float = 8.0
    brightness: float = 40.0
    overexposed: float = 0.35


def judge(frame: Frame, faces: Faces, limits: QualityLimits, number: int = 0) -> Quality | Refusal:
    """The quality of the largest face, or the first gate that it fails. Exposure comes before blur: dark looks soft."""
    if not len(faces):
        return _faceless(frame.pixels, limits, number)
    if several := other_faces(faces, limits, number):
        return several
    box = to_box(faces.boxes[0])
    face_px = min(box.width, box.height)
    if face_px < limits.face_px:
        return Refusal(
            code="face-too-small",
            frame=number,
            value=face_px * frame.scale,
            limit=limits.face_px * frame.scale,
            unit="px",
        )
    if (inside := share_inside(frame.pixels, box)) < limits.inside:
        return Refusal(
            code="face-cut-off", frame=number, value=inside, limit=limits.inside, unit="of the face in frame"
        )
    quality = measure(frame, box, float(faces.scores[0]))
    return _exposure(quality, limits, number) or _blur(quality, limits, number) or quality


def other_faces(faces: Faces, limits: QualityLimits, number: int) -> Refusal | None:
    """Refuses where a second face is so large that nobody can say whose check-in this is."""
    heights = faces.boxes[:, 3] - faces.boxes[:, 1]
    share = float(max(heights[1:], default=0.0) / heights[0])
    if share <= limits.second_face:
        return None
    return Refusal(
        code="several-faces", frame=number, value=share, limit=limits.second_face, unit="of the first face's height"
    )


def measure(frame: Frame, box: Box, detection: float) -> Quality:
    grey = _grey_face(frame.pixels, box)
    soft = cv2.GaussianBlur(grey, (0, 0), 0.8)
    return Quality(
        sharpness=float(cv2.Laplacian(soft, cv2.CV_32F).var()),
        brightness=float(grey.mean()),
        overexposed=float(np.count_nonzero(grey >= _WHITE) / grey.size),
        face_px=min(box.width, box.height) * frame.scale,
        detection=detection,
    )


def share_inside(pixels: Pixels, box: Box) -> float:
    """The share of `box` that lies within the frame."""
    height, width = pixels.shape[:2]
    seen_width = max(0.0, min(box.right, width) - max(box.left, 0.0))
    seen_height = max(0.0, min(box.bottom, height) - max(box.top, 0.0))
    return float(seen_width * seen_height / (box.width * box.height))


def _grey_face(pixels: Pixels, box: Box) -> Pixels:
    height, width = pixels.shape[:2]
    left, top = min(max(0, round(box.left)), width - 1), min(max(0, round(box.top)), height - 1)
    right, bottom = max(left + 1, round(box.right)), max(top + 1, round(box.bottom))
    grey = cv2.cvtColor(pixels[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    scaled: Pixels = cv2.resize(grey, (_JUDGED_PX, _JUDGED_PX), interpolation=cv2.INTER_AREA)
    return scaled


def _exposure(quality: Quality, limits: QualityLimits, number: int) -> Refusal | None:
    if quality.overexposed > limits.overexposed:
        return Refusal(
            code="image-overexposed",
            frame=number,
            value=quality.overexposed,
            limit=limits.overexposed,
            unit="of the face",
        )
    if quality.brightness < limits.brightness:
        return Refusal(
            code="image-dark", frame=number, value=quality.brightness, limit=limits.brightness, unit="of 255"
        )
    return None


def _blur(quality: Quality, limits: QualityLimits, number: int) -> Refusal | None:
    if quality.sharpness < limits.sharpness:
        return Refusal(
            code="image-blurred",
            frame=number,
            value=quality.sharpness,
            limit=limits.sharpness,
            unit="variance of the Laplacian",
        )
    return None


def _faceless(pixels: Pixels, limits: QualityLimits, number: int) -> Refusal:
    """Where no face is found, light may be why: then say so, of the middle of the frame, where a face should stand."""
    height, width = pixels.shape[:2]
    middle = Box(width / 4, height / 4, width * 3 / 4, height * 3 / 4)
    seen = measure(Frame(pixels=pixels, scale=1.0), middle, 0.0)
    return _exposure(seen, limits, number) or Refusal(code="no-face", frame=number)
