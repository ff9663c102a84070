"""A CSV file as rows with numbers: any usual separator, a header that must name what is needed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from adapters.visible_text import holds_unseen
from application.importing import BadRow, Numbered, Parsed

Row = TypeVar("Row")
_SEPARATORS = ",;\t"
_LONGEST_CELL = 2_000


class FileUnreadable(Exception):
    """Not a table, or not with these columns: nothing of it is imported."""


class CellWrong(Exception):
    """One cell of a row cannot be meant."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def text_of(file: bytes) -> str:
    """UTF-8, with a byte order mark or without. Raises FileUnreadable."""
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable(f"it is not UTF-8 (byte {error.start})") from None


def parse_table(
    text: str, needed: Sequence[str], optional: Sequence[str], parse: Callable[[Mapping[str, str]], Sequence[Row]]
) -> Parsed[Row]:
    """Each line as `parse` reads it, which raises CellWrong. Raises FileUnreadable."""
    rows: list[Numbered[Row]] = []
    bad: list[BadRow] = []
    for number, cells in _lines(text, needed, optional):
        if isinstance(cells, BadRow):
            bad.append(cells)
            continue
        try:
            rows += [Numbered(number, row) for row in parse(cells)]
        except CellWrong as wrong:
            bad.append(BadRow(row=number, field=wrong.field, reason=wrong.reason))
    return Parsed(rows, bad)


def needed_cell(cells: Mapping[str, str], field: str, *, most: int = 200) -> str:
    """Raises CellWrong where it is empty, too long, or holds what nobody can see."""
    value = cells.get(field, "")
    if not value:
        raise CellWrong(field, "it is empty")
    if len(value) > most:
        raise CellWrong(field, f"it is longer than {most} characters")
    if holds_unseen(value):
        raise CellWrong(field, "it holds characters that cannot be seen")
    return value


def _lines(
    text: str, needed: Sequence[str], optional: Sequence[str]
) -> Iterator[tuple[int, Mapping[str, str] | BadRow]]:
    header_line = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header = _header(reader, needed, optional)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield number, BadRow(row=number, field="", reason=f"it is not CSV: {error}")
            return  # where the next row would begin cannot be known
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        yield number, _row(number, header, cells)


def _header(reader: Iterator[list[str]], needed: Sequence[str], optional: Sequence[str]) -> list[str]:
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise FileUnreadable(f"its first line is not CSV: {error}") from None
    missing = [name for name in needed if name not in header]
    strange = [name for name in header if name not in (*needed, *optional)]
    if missing:
        raise FileUnreadable(f"columns are missing: {', '.join(missing)}")
    if strange:
        raise FileUnreadable(f"columns are not known: {', '.join(strange)[:200]}")
    if len(set(header)) != len(header):
        raise FileUnreadable("a column is there twice")
    return header


def _row(number: int, header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str] | BadRow:
    if len(cells) != len(header):
        return BadRow(row=number, field="", reason=f"it has {len(cells)} cells and not {len(header)}")
    for field, cell in zip(header, cells, strict=True):
        if len(cell) > _LONGEST_CELL:
            return BadRow(row=number, field=field, reason=f"it is longer than {_LONGEST_CELL} characters")
    return {field: cell.strip() for field, cell in zip(header, cells, strict=True)}
