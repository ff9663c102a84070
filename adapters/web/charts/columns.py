"""Columns beside one another: a histogram, or shares stacked to a whole, with those that are withheld drawn as such."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from adapters.web.charts.drawing import (
    PLOT_HEIGHT,
    Tick,
    drawing,
    fewer,
    rectangle,
    round_ticks,
    text,
    upright,
    value_axis,
)

_AXIS_HEIGHT = 24
_GAP = 0.12
# Of the plot's width: upright words fit a column so wide on a phone, and one so wide on a desk.
_ROOMY, _TIGHT = 0.07, 0.02
PERCENT = (0.0, 25.0, 50.0, 75.0, 100.0)


class Part(msgspec.Struct, frozen=True):
    """One piece of a column: `kind` is both its class and its name for people."""

    kind: str
    value: float
    tip: str


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """Without parts nothing was measured; with `withheld` it was, and is not shown, for the reason it gives.

    `briefly`: that reason, upright in the column where there is room for it.
    """

    label: str
    parts: Sequence[Part] = ()
    withheld: str | None = None
    briefly: str = ""


def columns(
    given: Sequence[Column],
    *,
    title: str,
    axis: str,
    ticks: Sequence[float] | None = None,
    bell: float | None = None,
    former: float | None = None,
    labels_at: float = 0.5,
) -> Markup:
    """`ticks`: of the value axis, else round numbers. `bell`: where a dashed line stands, in columns from the left,
    and `former` where a fainter one shows what it was before.

    `labels_at`: where in a column its label stands, 0 at its left edge.
    """
    tallest = max((sum(part.value for part in column.parts) for column in given), default=0.0)
    ticks = ticks or round_ticks(tallest)
    width = 1 / max(1, len(given))
    parts = value_axis(ticks, PLOT_HEIGHT, axis)
    for number, column in enumerate(given):
        parts += _column(column, number * width, width, ticks[-1])
    if former is not None:
        parts.append(upright(former * width, PLOT_HEIGHT, kind="former"))
    if bell is not None:
        parts.append(upright(bell * width, PLOT_HEIGHT))
    labels = [Tick((number + labels_at) * width, column.label) for number, column in enumerate(given)]
    parts += [text(tick.at, PLOT_HEIGHT + 18, tick.label) for tick in fewer(labels)]
    return drawing(parts, title=title, height=PLOT_HEIGHT + _AXIS_HEIGHT)


def _column(column: Column, left: float, width: float, top: float) -> list[Markup]:
    x, inner = left + width * _GAP / 2, width * (1 - _GAP)
    if column.withheld is not None:
        drawn = [rectangle(x, 0, inner, PLOT_HEIGHT, "withheld", f"{column.label}: {column.withheld}")]
        room = "" if width >= _ROOMY else " tight" if width >= _TIGHT else None
        if column.briefly and room is not None:
            drawn.append(text(left + width / 2, PLOT_HEIGHT / 2, column.briefly, kind=f"upright{room}"))
        return drawn
    drawn = []
    base = float(PLOT_HEIGHT)
    for part in column.parts:
        height = part.value / top * PLOT_HEIGHT
        base -= height
        if height > 0:
            drawn.append(rectangle(x, base, inner, height, f"mark {part.kind}", part.tip))
    return drawn
