"""A table as CSV (RFC 4180), which spreadsheets open as what it is: UTF-8, and no cell is a formula."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from adapters.reports.table import Cell, Table

# Without it, spreadsheets read UTF-8 as something else.
_BYTE_ORDER_MARK = "\ufeff"
# A spreadsheet would compute what begins so: a name could send the others elsewhere.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_file(table: Table) -> bytes:
    """A heading, the rows, and no totals: whoever reads it by program would count them twice."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([_text(column.heading) for column in table.columns])
    writer.writerows([_cell(cell) for cell in row] for row in table.rows())
    return (_BYTE_ORDER_MARK + written.getvalue()).encode()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else str(value)


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
