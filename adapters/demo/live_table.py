"""What the demo shows: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from domain.check_in import Timings

_COLOURS = {"match": "green", "unknown": "yellow", "ambiguous": "yellow", "mismatch": "yellow", "refused": "red"}
_SHORTEST_SHOWN_MS = 1.0
_STAGES = ("queue", "decode", "detect", "quality", "align", "embed", "compare", "follow", "crop", "classify")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One check-in as the station saw it.

    `outcome`: a decision, or the code of a refusal. `note`: what the person at the door is told, or why nobody matched.
    """

    played: str
    outcome: str
    expected: str
    who: str | None = None
    confidence: float | None = None
    emotion: str | None = None
    identify_ms: float | None = None
    emotion_ms: float | None = None
    timings_ms: Timings = {}
    note: str | None = None

    @property
    def as_expected(self) -> bool:
        return self.outcome == self.expected


class Screen(Protocol):
    def step(self, text: str) -> None:
        """Something long goes on."""
        ...

    def add(self, row: Row) -> None: ...

    def close(self) -> None: ...


class PlainScreen:
    """A line for everything, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def add(self, row: Row) -> None:
        figures = [
            f"{row.played}: {row.outcome}",
            f"who {row.who}" if row.who else "",
            f"confidence {row.confidence:.2f}" if row.confidence is not None else "",
            f"emotion {row.emotion}" if row.emotion else "",
            f"identify {row.identify_ms:.0f} ms" if row.identify_ms is not None else "",
            f"emotion {row.emotion_ms:.0f} ms" if row.emotion_ms is not None else "",
            row.note or "",
            "" if row.as_expected else f"EXPECTED {row.expected}",
        ]
        self.step("  " + ", ".join(figure for figure in figures if figure))

    def close(self) -> None:
        pass


class LiveScreen:
    """A table that grows; the last rows where the terminal is short."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: list[Row] = []
        self._live = Live(console=console, refresh_per_second=8)
        self._live.start()

    def step(self, text: str) -> None:
        if self._rows:
            self._refresh(text)
        else:
            self._live.console.print(text, markup=False, highlight=False)

    def add(self, row: Row) -> None:
        self._rows.append(row)
        self._refresh("")

    def close(self) -> None:
        self._live.stop()

    def _refresh(self, footer: str) -> None:
        shown = self._rows[-max(5, self._console.height - 8) :]
        self._live.update(Group(check_in_table(shown), Text(footer, style="dim")))


def open_screen(console: Console) -> Screen:
    return LiveScreen(console) if console.is_terminal else PlainScreen(console)


def save_picture(rows: Sequence[Row], file: Path) -> None:
    """The table as an SVG."""
    console = Console(record=True, width=170, file=io.StringIO())
    console.print(check_in_table(rows))
    drawn = console.export_svg(title="make demo")
    # The reader's own monospaced font will do; nothing is fetched for a picture.
    file.write_text(re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL), encoding="utf-8")


def check_in_table(rows: Sequence[Row]) -> Table:
    table = Table(title="check-ins at the door", title_justify="left", expand=False)
    for heading in ("at the door", "decision", "who", "conf.", "emotion"):
        table.add_column(heading)
    for heading in ("identify", "emotion"):
        table.add_column(heading, justify="right")
    table.add_column("longest stages (ms), or what there is to say", overflow="fold", ratio=1)
    for row in rows:
        table.add_row(
            row.played,
            Text(row.outcome if row.as_expected else f"{row.outcome} (not {row.expected})", style=_colour(row)),
            row.who or "",
            "" if row.confidence is None else f"{row.confidence:.2f}",
            row.emotion or "",
            _milliseconds(row.identify_ms),
            _milliseconds(row.emotion_ms),
            row.note or _stages(row.timings_ms),
        )
    return table


def _colour(row: Row) -> str:
    if not row.as_expected:
        return "bold white on red"
    return _COLOURS.get(row.outcome, "red")


def _milliseconds(duration_ms: float | None) -> str:
    return "" if duration_ms is None else f"{duration_ms:.0f} ms"


def _stages(timings_ms: Timings) -> str:
    shown = [stage for stage in _STAGES if timings_ms.get(stage, 0.0) >= _SHORTEST_SHOWN_MS]
    return " ".join(f"{stage} {timings_ms[stage]:.1f}" for stage in shown)
