"""Bursts that a camera should not have sent: each spoilt in one way that the quality gates must name."""

from __future__ import annotations

import cv2
import numpy as np

from adapters.demo.bursts import (
    FACE_CENTRE,
    FACE_HEIGHT_PX,
    FRAME_HEIGHT,
    FRAME_WIDTH,
    FRAMES,
    Burst,
    Image,
    Pose,
    as_image,
    expose,
    make_burst,
    place_face,
)
from domain.face import Box

GAMMA = 2.2
"""Of sRGB, nearly."""


def blurred(image: Image, face: Box, *, seed: int, sigma_px: float = 5.0) -> Burst:
    """Out of focus: a Gaussian of `sigma_px` on a face of the usual height."""
    return make_burst(image, face, seed=seed, spoil=lambda seen: cv2.GaussianBlur(seen, (0, 0), sigma_px))


def overexposed(image: Image, face: Box, *, seed: int, white_share: float = 0.65) -> Burst:
    """So much light that about `white_share` of the face is clipped to white, whatever its skin."""
    columns = slice(max(0, round(face.left)), round(face.right))
    grey = cv2.cvtColor(image[max(0, round(face.top)) : round(face.bottom), columns], cv2.COLOR_RGB2GRAY)
    gain = (255.0 / max(1.0, float(np.quantile(grey, 1.0 - white_share)))) ** GAMMA
    return make_burst(image, face, seed=seed, spoil=lambda seen: amplify_light(seen, gain))


def dark(image: Image, face: Box, *, seed: int, gain: float = 0.008) -> Burst:
    """Hardly any light."""
    return make_burst(image, face, seed=seed, spoil=lambda seen: amplify_light(seen, gain))


def tiny_face(image: Image, face: Box, *, seed: int, face_height_px: float = 70.0) -> Burst:
    """Somebody at the far end of the room."""
    return make_burst(image, face, seed=seed, face_height_px=face_height_px)


def cut_off(image: Image, face: Box, *, seed: int, outside_share: float = 0.2) -> Burst:
    """The face reaches past the frame's right edge by `outside_share` of its width."""
    width = FACE_HEIGHT_PX * face.width / face.height
    centre = (FRAME_WIDTH + (outside_share - 0.5) * width, FACE_CENTRE[1])
    return make_burst(image, face, seed=seed, centre=centre)


def two_faces(one: tuple[Image, Box], other: tuple[Image, Box], *, seed: int) -> Burst:
    """Two people of one size side by side."""
    jitter = np.random.default_rng(seed)
    frames = []
    for _ in range(FRAMES):
        halves = []
        for x, (image, face) in ((FRAME_WIDTH * 0.27, one), (FRAME_WIDTH * 0.73, other)):
            centre = (x + float(jitter.normal(0.0, 4.0)), FACE_CENTRE[1] + float(jitter.normal(0.0, 4.0)))
            halves.append(place_face(image, face, Pose(scale=FACE_HEIGHT_PX / face.height, centre=centre)))
        middle = FRAME_WIDTH // 2
        frames.append(expose(np.concatenate([halves[0][:, :middle], halves[1][:, middle:]], axis=1), jitter))
    return Burst(tuple(frames))


def faceless(image: Image, *, seed: int) -> Burst:
    """The wall behind: the picture's own colours, from its top row to its bottom row, and nobody in front."""
    jitter = np.random.default_rng(seed)
    top, bottom = image[0].mean(axis=0), image[-1].mean(axis=0)
    rows = np.linspace(top, bottom, FRAME_HEIGHT, dtype=np.float32)
    wall = as_image(np.repeat(rows[:, np.newaxis], FRAME_WIDTH, axis=1))
    return Burst(tuple(expose(wall, jitter) for _ in range(FRAMES)))


def truncated(burst: Burst, *, kept_share: float = 0.6) -> Burst:
    """Only the first part of each file arrived."""
    return Burst(tuple(frame[: int(len(frame) * kept_share)] for frame in burst.frames), burst.primary)


def amplify_light(image: Image, gain: float) -> Image:
    """`gain` times the light; levels stand for light by GAMMA."""
    light = (np.arange(256, dtype=np.float32) / 255.0) ** GAMMA * gain
    levels = as_image(255.0 * np.clip(light, 0.0, 1.0) ** (1 / GAMMA))
    return levels[image]
