"""Bars: figures that a benchmark must reach, and the exit code that says whether it did."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """`measured` must not exceed `limit`, or must not fall below it where `at_least`."""

    name: str
    measured: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def reached(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def judge(bars: list[Bar], *, enforce: bool) -> None:
    """Print each bar; with `enforce`, exit 1 naming those that fall short."""
    print("\nbars")
    for bar in bars:
        relation = "at least" if bar.at_least else "at most"
        verdict = "reached" if bar.reached else "FALLS SHORT"
        print(f"  {bar.name:58s} {bar.measured:9.2f} {bar.unit:4s} {relation} {bar.limit:g} {bar.unit:4s} {verdict}")
    missed = [bar.name for bar in bars if not bar.reached]
    if enforce and missed:
        sys.exit("falls short: " + "; ".join(missed))
