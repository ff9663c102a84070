"""What the station asks of a camera: a burst of one moment, a glance, or a named failure within a time limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FRAMES_PER_BURST = 6

Luminance = NDArray[np.uint8]


class CameraFailed(Exception):
    """The camera gave no burst; opening it again may help."""


class CameraUnusable(CameraFailed):
    """What is wrong is not the device's state: opening it again cannot help."""


class CameraTimedOut(CameraFailed):
    """A frame did not come within its time limit."""


class CameraEnded(CameraUnusable):
    """There is nothing more to capture: the last burst of a folder, the end of a film."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame as JPEG. `monotonic_ns`: when it was captured, on this machine's monotonic clock.

    `luminance`: shape (height, width), where the camera gives it for nothing; decoded from the JPEG where it is None.
    """

    jpeg: bytes
    monotonic_ns: int
    luminance: Luminance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Six frames of one moment, in the order they were captured.

    `user_id`: whom the person says they are (1:1), None to ask who it is (1:N). `label` and `source` name the burst to
    its operator and go nowhere else.
    """

    frames: tuple[Frame, ...]
    user_id: str | None = None
    label: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if len(self.frames) != FRAMES_PER_BURST:
            raise ValueError(f"a burst has {FRAMES_PER_BURST} frames, not {len(self.frames)}")


class Camera(Protocol):
    """Owned by one thread at a time. Every call may raise `CameraFailed`, and returns within a time limit."""

    def open(self) -> None:
        """Make the camera ready; calling it on a closed or failed camera starts afresh."""
        ...

    def capture_burst(self) -> Burst:
        """Six frames, none of them older than the call."""
        ...

    def glance(self) -> Luminance:
        """One small grey picture, about 320×240, of what is before the camera now: cheap enough to look all day."""
        ...

    def close(self) -> None:
        """Let go of the device, even one that hangs."""
        ...
