"""A table that can be written as any file: a title, what it is about, and columns of one kind each."""

from __future__ import annotations

from datetime import date, datetime

import msgspec


class TextColumn(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    heading: str
    values: list[str]
    total: str = ""


class CountColumn(msgspec.Struct, frozen=True, kw_only=True, tag="count"):
    """Without a `total` where a sum would say nothing."""

    heading: str
    values: list[int]
    total: int | None = None


class ShareColumn(msgspec.Struct, frozen=True, kw_only=True, tag="share"):
    """From 0 to 1; None where there is nothing to take a share of."""

    heading: str
    values: list[float | None]
    total: float | None = None


class NumberColumn(msgspec.Struct, frozen=True, kw_only=True, tag="number"):
    heading: str
    values: list[float | None]
    total: None = None


class DayColumn(msgspec.Struct, frozen=True, kw_only=True, tag="day"):
    heading: str
    values: list[date]
    total: None = None


class MomentColumn(msgspec.Struct, frozen=True, kw_only=True, tag="moment"):
    """As clocks showed it where people read it: without an offset, which spreadsheets do not know."""

    heading: str
    values: list[datetime]
    total: None = None


Column = TextColumn | CountColumn | ShareColumn | NumberColumn | DayColumn | MomentColumn
Cell = str | int | float | date | datetime | None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """`about`: lines under the title. `notes`: lines under the table. `name`: of the file, without its ending.

    Every column is as long as the first; `has_totals` says whether there is a last row that sums them.
    """

    name: str
    title: str
    about: list[str]
    columns: list[Column]
    notes: list[str] = []
    has_totals: bool = False

    def rows(self) -> list[tuple[Cell, ...]]:
        """The row of totals is not among them."""
        return list(zip(*(column.values for column in self.columns), strict=True))

    def totals(self) -> tuple[Cell, ...]:
        return tuple(column.total for column in self.columns)
