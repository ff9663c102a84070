"""The arrays that inference hands from stage to stage."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A decoded, upright frame.

    `pixels`: RGB, shape (height, width, 3). `scale`: pixels of the file for one of these, 1 where decoded in full.
    """

    pixels: Pixels
    scale: float
