"""A surface to draw soft-edged shapes on, measured in heads instead of pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.floating]
Colour = tuple[float, float, float]


class Canvas:
    """Levels (height, width, 3) and the place of every pixel: x to the right, y down, half a head's height to the unit.

    A window shares its levels with the canvas it was cut from, so that a small part is drawn at a small cost.
    """

    def __init__(self, levels: Grid, x: Grid, y: Grid, unit_px: float) -> None:
        self.levels, self.x, self.y, self.unit_px = levels, x, y, unit_px

    @classmethod
    def blank(cls, width: int, height: int, *, centre: tuple[float, float], unit_px: float) -> Canvas:
        across = (np.arange(width, dtype=np.float32) - centre[0]) / unit_px
        down = (np.arange(height, dtype=np.float32) - centre[1]) / unit_px
        x, y = np.meshgrid(across, down)
        return cls(np.zeros((height, width, 3), np.float32), x, y, unit_px)

    def window(self, left: float, top: float, right: float, bottom: float) -> Canvas:
        """The part between these edges, in heads."""
        columns = np.flatnonzero((self.x[0] >= left) & (self.x[0] <= right))
        rows = np.flatnonzero((self.y[:, 0] >= top) & (self.y[:, 0] <= bottom))
        cut = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return Canvas(self.levels[cut], self.x[cut], self.y[cut], self.unit_px)

    def moved(self, across: Grid) -> Canvas:
        """The same levels, with every pixel's x moved by `across`: what is drawn at x then stands at x + across."""
        return Canvas(self.levels, self.x - across, self.y, self.unit_px)

    def paint(self, cover: Grid, colour: Colour | Grid) -> None:
        """Lay `colour` over the levels; `cover` is its opacity, 0 to 1."""
        opacity = np.clip(cover, 0.0, 1.0)[..., np.newaxis]
        self.levels += opacity * (np.asarray(colour, np.float32) - self.levels)

    def shade(self, amount: Grid) -> None:
        """Darken by `amount`, 0 to 1."""
        self.levels *= 1.0 - np.clip(amount, 0.0, 1.0)[..., np.newaxis]

    def inside(self, depth: Grid, softness: float = 0.0) -> Grid:
        """1 where `depth` (in heads) is positive, 0 where negative, a ramp at least a pixel wide between."""
        width = max(softness, 1.2 / self.unit_px)
        cover: Grid = np.clip(depth / width + 0.5, 0.0, 1.0)
        return cover

    def ellipse(self, x: float, y: float, wide: float, tall: float, softness: float = 0.0) -> Grid:
        """An ellipse about (x, y) with the half axes `wide` and `tall`."""
        reach = np.sqrt(((self.x - x) / wide) ** 2 + ((self.y - y) / tall) ** 2)
        return self.inside((1.0 - reach) * min(wide, tall), softness)

    def glow(self, x: float, y: float, wide: float, tall: float) -> Grid:
        """A soft spot about (x, y): 1 at its middle, falling off as a Gaussian."""
        spot: Grid = np.exp(-(((self.x - x) / wide) ** 2) - ((self.y - y) / tall) ** 2)
        return spot

    def stroke(self, curve: Grid, thickness: float) -> Grid:
        """A soft line along y = `curve`."""
        line: Grid = np.exp(-(((self.y - curve) / thickness) ** 2))
        return line


def mix(colour: Colour, share: float, other: Colour = (0.0, 0.0, 0.0)) -> Colour:
    """`share` of `colour`, the rest of `other`."""
    red, green, blue = (share * one + (1.0 - share) * two for one, two in zip(colour, other, strict=True))
    return red, green, blue
