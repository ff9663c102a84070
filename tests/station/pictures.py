"""Generated frames: gradients and noise, no photograph of anyone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from edge_device.camera import Burst, Frame

Picture = NDArray[np.uint8]


def scene(seed: int = 0, *, width: int = 640, height: int = 480) -> Picture:
    """A gradient with blocks and fine noise on it: as sharp and as bright as a well-lit room."""
    rng = np.random.default_rng(seed)
    gradient = np.linspace(70, 150, width)[None, :] + np.linspace(-20, 20, height)[:, None]
    blocks = np.kron(rng.uniform(-25, 25, (height // 16, width // 16)), np.ones((16, 16)))
    return _to_pixels(gradient + blocks + rng.normal(0, 6, (height, width)))


def blurred(picture: Picture, radius: int) -> Picture:
    """The mean over a square of 2 radius + 1 pixels, twice."""
    smooth = picture.astype(np.float64)
    window = np.ones(2 * radius + 1) / (2 * radius + 1)
    for _ in range(2):
        for axis in (0, 1):
            padded = np.pad(smooth, [(radius, radius) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
            smooth = np.apply_along_axis(lambda line: np.convolve(line, window, mode="valid"), axis, padded)
    return _to_pixels(smooth)


def brightened(picture: Picture, gain: float, offset: float = 0.0) -> Picture:
    return _to_pixels(picture.astype(np.float64) * gain + offset)


def jpeg(picture: Picture, quality: int = 85) -> bytes:
    encoded: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(picture[:, :, None]), quality, "GRAY")
    return encoded


def burst(*pictures: Picture, user_id: str | None = None) -> Burst:
    """Six frames: the last picture is repeated where fewer are given."""
    six = [*pictures, *[pictures[-1]] * (6 - len(pictures))]
    frames = tuple(Frame(jpeg=jpeg(picture), monotonic_ns=1_000_000 * n) for n, picture in enumerate(six))
    return Burst(frames=frames, user_id=user_id)


def write_burst(folder: Path, seed: int, note: str | None = None) -> None:
    folder.mkdir(parents=True)
    for number in range(1, 7):
        picture = jpeg(scene(seed * 10 + number, width=320, height=240))
        (folder / f"frame{number}.jpg").write_bytes(picture)
    if note is not None:
        (folder / "burst.json").write_text(note, encoding="utf-8")


def _to_pixels(values: NDArray[np.float64]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
