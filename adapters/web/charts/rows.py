"""Rows of stacked bars, one for each group: how many of each kind."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from adapters.web.charts.columns import Part
from adapters.web.charts.drawing import drawing, rectangle, text

_ROW_HEIGHT = 46
_BAR_HEIGHT = 16


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """`total`: what the full width of its bar would be; longer than its parts where some are not known yet."""

    label: str
    parts: Sequence[Part]
    note: str


def rows(given: Sequence[Row], *, title: str) -> Markup:
    """Each bar as long as its row's share of the longest one."""
    longest = max((sum(part.value for part in row.parts) for row in given), default=0.0) or 1.0
    drawn: list[Markup] = []
    for number, row in enumerate(given):
        top = number * _ROW_HEIGHT
        drawn.append(text(0, top + 15, row.label, kind="label", anchor="start"))
        drawn.append(text(1, top + 15, row.note, kind="tick", anchor="end"))
        x = 0.0
        for part in row.parts:
            width = part.value / longest
            if width > 0:
                drawn.append(rectangle(x, top + 23, width, _BAR_HEIGHT, f"mark {part.kind}", part.tip))
            x += width
    return drawing(drawn, title=title, height=_ROW_HEIGHT * max(1, len(given)))
