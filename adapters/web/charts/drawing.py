"""What every chart is drawn with: an SVG that fills its card at any width, with colours that follow the theme.

Positions along x are percentages, so that text keeps its size where the card is narrow; heights are CSS pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
from markupsafe import Markup

PLOT_HEIGHT = 200
MINUS = "−"
"""As wide as a plus, and never broken off from its number."""
_MOST_TICKS = 6


class Tick(msgspec.Struct, frozen=True):
    """`at` is a share of the axis, from 0 to 1."""

    at: float
    label: str


def drawing(parts: Sequence[Markup], *, title: str, height: int = PLOT_HEIGHT) -> Markup:
    """`title` says in a sentence what the chart shows; the numbers are in the table behind it."""
    body = Markup("").join(parts)
    return Markup('<svg class="chart" role="img" aria-label="{}" width="100%" height="{}">{}</svg>').format(
        title, height, body
    )


def rectangle(x: float, y: float, width: float, height: float, kind: str, tip: str) -> Markup:
    """`x` and `width` as shares of the plot, `y` and `height` in pixels. `kind` is the class that colours it."""
    return Markup('<rect class="{}" x="{}%" y="{}" width="{}%" height="{}" rx="2"><title>{}</title></rect>').format(
        kind, _share(x), _pixels(y), _share(width), _pixels(height), tip
    )


def text(x: float, y: float, words: str, *, kind: str = "tick", anchor: str = "middle", dx: int = 0) -> Markup:
    return Markup('<text class="{}" x="{}%" y="{}" dx="{}" text-anchor="{}">{}</text>').format(
        kind, _share(x), _pixels(y), dx, anchor, words
    )


def rule(y: float, *, kind: str = "grid") -> Markup:
    """From one side to the other."""
    return Markup('<line class="{}" x1="0" x2="100%" y1="{}" y2="{}"/>').format(kind, _pixels(y), _pixels(y))


def upright(x: float, height: float, *, kind: str = "bell") -> Markup:
    return Markup('<line class="{}" x1="{}%" x2="{}%" y1="0" y2="{}"/>').format(
        kind, _share(x), _share(x), _pixels(height)
    )


def line(points: Sequence[tuple[float, float]], kind: str, height: int = PLOT_HEIGHT) -> Markup:
    """Through points given as shares of the plot's width and pixels from its top."""
    path = " ".join(f"{x * 1000:.1f},{y:.1f}" for x, y in points)
    return Markup(
        '<svg viewBox="0 0 1000 {}" preserveAspectRatio="none" width="100%" height="{}">'
        '<polyline class="{}" points="{}"/></svg>'
    ).format(height, height, kind, path)


def dot(x: float, y: float, kind: str, tip: str) -> Markup:
    return Markup('<circle class="{}" cx="{}%" cy="{}" r="4"><title>{}</title></circle>').format(
        kind, _share(x), _pixels(y), tip
    )


def round_ticks(highest: float, most: int = 5) -> list[float]:
    """From zero to a round number that is not below `highest`, in steps of 1, 2 or 5 times a power of ten."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    return [step * number for number in range(math.ceil(highest / step - 1e-9) + 1)]


def fewer(ticks: Sequence[Tick], most: int = _MOST_TICKS) -> list[Tick]:
    """So few that their labels do not touch one another on a phone."""
    every = max(1, math.ceil(len(ticks) / most))
    return list(ticks[::every])


def value_axis(ticks: Sequence[float], height: int, label: str) -> list[Markup]:
    """Lines across, and their numbers left of the plot."""
    top = ticks[-1]
    parts = [Markup('<text class="axis" x="0" y="-14" dx="-36">{}</text>').format(label)]
    for tick in ticks:
        y = height - tick / top * height
        parts += [rule(y), text(0, y + 4, _number(tick), anchor="end", dx=-8)]
    return parts


def _number(value: float) -> str:
    return (f"{value:,.0f}" if value == int(value) else f"{value:g}").replace("-", MINUS)


def _share(value: float) -> str:
    return f"{value * 100:.3f}".rstrip("0").rstrip(".")


def _pixels(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
