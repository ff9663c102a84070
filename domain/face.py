"""Where a face stands in a frame, and how well it can be seen."""

from __future__ import annotations

import msgspec


class Box(msgspec.Struct, frozen=True):
    """A face's rectangle in pixels of its frame; it may reach past the frame's edge."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What the quality gates measured on a face.

    `sharpness`: variance of the Laplacian of the face scaled to 128×128 grey. `brightness`: its mean, 0 to 255.
    `overexposed`: share of its pixels at 250 or above. `face_px`: the shorter side of its box in pixels.
    `detection`: the detector's score, 0 to 1.
    """

    sharpness: float
    brightness: float
    overexposed: float
    face_px: float
    detection: float
