"""Writes the table of figures into docs/monitoring.md: `python -m adapters.metrics.page`, from the repository's top."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from adapters.database import Database
from adapters.live.figures import FeedFigures
from adapters.metrics.exposition import Exposition, Queue
from adapters.metrics.metrics import Described, Metrics

PAGE = Path("docs/monitoring.md")
_BEGIN, _END = "<!-- figures: python -m adapters.metrics.page -->\n", "<!-- end of figures -->\n"


def described_figures() -> list[Described]:
    """All of ours, by name; those of the process itself are Prometheus's own."""
    nobody = None  # they are described here, and never read
    exposition = Exposition(Metrics(), cast(Database, nobody), cast(Queue, nobody), FeedFigures(), lambda: 0)
    return sorted(exposition.metrics.described, key=lambda figure: figure.name)


def with_current_figures(page: str) -> str:
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError("the page has no place for the table of figures")
    return before + begin + "\n" + _table() + "\n" + end + after


def _table() -> str:
    lines = ["| figure | kind | labels | what it tells |", "|---|---|---|---|"]
    for figure in described_figures():
        labels = ", ".join(f"`{label}`" for label in figure.labels)
        lines.append(f"| `{figure.name}` | {figure.kind} | {labels} | {figure.documentation} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(with_current_figures(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
