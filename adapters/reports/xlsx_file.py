"""A table as a spreadsheet: real numbers, dates and percents, under a heading that stays in sight."""

from __future__ import annotations

import io
from datetime import date, datetime

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types
from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it ships no types
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]  # as above
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # as above

from adapters.reports.table import (
    Cell,
    Column,
    CountColumn,
    DayColumn,
    MomentColumn,
    NumberColumn,
    ShareColumn,
    Table,
    TextColumn,
)

_FORMATS = {
    TextColumn: "@",
    CountColumn: "#,##0",
    ShareColumn: "0.0%",
    NumberColumn: "#,##0.0",
    DayColumn: "yyyy-mm-dd",
    MomentColumn: "yyyy-mm-dd hh:mm",
}
_WIDTHS = {TextColumn: 26, CountColumn: 11, ShareColumn: 11, NumberColumn: 11, DayColumn: 12, MomentColumn: 17}


def xlsx_file(table: Table) -> bytes:
    """Headings are the first row, where filters and pivots look for them; title and notes are on the second sheet."""
    written = io.BytesIO()
    # A text stays text: neither a formula, nor a link, nor a number.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"title": table.title})
        _figures(book, table)
        _about(book, table)
    return written.getvalue()


def _figures(book: Workbook, table: Table) -> None:
    sheet = book.add_worksheet("Figures")
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    heading = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    last = len(table.rows())
    for number, column in enumerate(table.columns):
        plain = book.add_format({"num_format": _FORMATS[type(column)]})
        sheet.set_column(number, number, _WIDTHS[type(column)])
        sheet.write_string(0, number, column.heading, heading)
        for row, value in enumerate(column.values, 1):
            _write(sheet, row, number, value, plain)
        if table.has_totals:
            _write(sheet, last + 1, number, column.total, _of_totals(book, column))
    sheet.autofilter(0, 0, max(1, last), len(table.columns) - 1)


def _about(book: Workbook, table: Table) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 90)
    sheet.write_string(0, 0, table.title, book.add_format({"bold": True, "font_size": 14}))
    for row, line in enumerate([*table.about, *table.notes], 1):
        sheet.write_string(row, 0, line)


def _of_totals(book: Workbook, column: Column) -> Format:
    return book.add_format({"num_format": _FORMATS[type(column)], "bold": True, "top": 1})


def _write(sheet: Worksheet, row: int, column: int, value: Cell, cell_format: Format) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, cell_format)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, cell_format)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(row, column, value, cell_format)
    else:
        sheet.write_number(row, column, value, cell_format)
