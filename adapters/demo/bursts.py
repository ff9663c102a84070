"""Makes a burst out of one picture: six frames of a face that a camera would have seen within half a second."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.face import Box

Image = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

FRAME_WIDTH, FRAME_HEIGHT = 640, 480
FRAMES = 6
JPEG_QUALITY = 90
FACE_HEIGHT_PX = 170.0
FACE_CENTRE = (320.0, 235.0)


class Burst(msgspec.Struct, frozen=True):
    """The JPEG frames of one moment, in order; `primary` is the index of the one used for identity."""

    frames: tuple[bytes, ...]
    primary: int = 2

    @property
    def primary_frame(self) -> bytes:
        return self.frames[self.primary]


class Pose(msgspec.Struct, frozen=True, kw_only=True):
    """How one frame shows the face: its scale, its centre in the frame, its tilt, its brightness (1: the picture's)."""

    scale: float
    centre: tuple[float, float]
    tilt_deg: float = 0.0
    brightness: float = 1.0


def make_burst(
    image: Image,
    face: Box,
    *,
    seed: int,
    face_height_px: float = FACE_HEIGHT_PX,
    centre: tuple[float, float] = FACE_CENTRE,
    spoil: Callable[[Image], Image] | None = None,
) -> Burst:
    """Six frames of the face at `face` in `image`, standing about `centre` and `face_height_px` tall.

    `spoil` damages what the camera saw, before the sensor's noise. One seed gives the same bytes each time.
    """
    jitter = np.random.default_rng(seed)
    frames = []
    for _ in range(FRAMES):
        pose = _next_pose(jitter, face_height_px / face.height, centre)
        seen = place_face(image, face, pose)
        frames.append(expose(spoil(seen) if spoil else seen, jitter))
    return Burst(tuple(frames))


def place_face(image: Image, face: Box, pose: Pose) -> Image:
    """A 640×480 frame of `image` with its face where `pose` says; outside the picture its edge is repeated."""
    # Shrinking by area first: a bilinear warp alone would alias, and aliasing reads as sharpness.
    shrink = min(1.0, pose.scale)
    if shrink < 1.0:
        image = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    middle = (shrink * (face.left + face.right) / 2, shrink * (face.top + face.bottom) / 2)
    warp = cv2.getRotationMatrix2D(middle, pose.tilt_deg, pose.scale / shrink)
    warp[:, 2] += np.subtract(pose.centre, middle)
    placed = cv2.warpAffine(
        image, warp, (FRAME_WIDTH, FRAME_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return as_image(placed.astype(np.float32) * pose.brightness)


def expose(seen: Image, jitter: np.random.Generator) -> bytes:
    """What the sensor makes of `seen`: noise, then JPEG."""
    return encode_jpeg(as_image(seen + jitter.normal(0.0, 2.5, seen.shape)))


def encode_jpeg(image: Image) -> bytes:
    done, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    if not done:
        raise ValueError("the frame could not be encoded as JPEG")
    return bytes(encoded)


def as_image(levels: NDArray[np.floating]) -> Image:
    """Levels as they can be stored: rounded, clipped to 0..255."""
    image: Image = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return image


def _next_pose(jitter: np.random.Generator, scale: float, centre: tuple[float, float]) -> Pose:
    return Pose(
        scale=scale * float(jitter.normal(1.0, 0.01)),
        centre=(centre[0] + float(jitter.normal(0.0, 4.0)), centre[1] + float(jitter.normal(0.0, 4.0))),
        tilt_deg=float(jitter.normal(0.0, 1.5)),
        brightness=float(jitter.normal(1.0, 0.01)),
    )
