"""Lines over time: the same few quantities, moment by moment."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from adapters.web.charts.drawing import PLOT_HEIGHT, Tick, dot, drawing, fewer, line, round_ticks, text, value_axis

_AXIS_HEIGHT = 24


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One value for each label of the axis; None where nothing was measured, which breaks the line."""

    kind: str
    values: Sequence[float | None]


def lines(given: Sequence[Line], labels: Sequence[str], *, title: str, axis: str, unit: str, digits: int = 0) -> Markup:
    """`digits`: behind the point, where a place is named."""
    highest = max((value for one in given for value in one.values if value is not None), default=0.0)
    ticks = round_ticks(highest)
    places = [(number + 0.5) / max(1, len(labels)) for number in range(len(labels))]
    parts = value_axis(ticks, PLOT_HEIGHT, axis)
    for one in given:
        points = [
            None if value is None else (place, PLOT_HEIGHT - value / ticks[-1] * PLOT_HEIGHT)
            for place, value in zip(places, one.values, strict=True)
        ]
        parts += [line(piece, f"line {one.kind}") for piece in _unbroken(points) if len(piece) > 1]
        parts += [
            dot(point[0], point[1], f"dot {one.kind}", f"{label}: {one.kind} {value:,.{digits}f} {unit}")
            for point, value, label in zip(points, one.values, labels, strict=True)
            if point is not None and value is not None
        ]
    shown = fewer([Tick(place, label) for place, label in zip(places, labels, strict=True)])
    parts += [text(tick.at, PLOT_HEIGHT + 18, tick.label) for tick in shown]
    return drawing(parts, title=title, height=PLOT_HEIGHT + _AXIS_HEIGHT)


def _unbroken(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    return pieces
