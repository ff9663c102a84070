"""A table as a printable A4 sheet: a title, what it is about, rows under a heading on every page, numbered pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from fpdf import FPDF

from adapters.reports.fonts import FAMILY, LACKING, LACKING_NOTE, add_fonts, needs_shaping
from adapters.reports.table import Cell, Column, ShareColumn, Table, TextColumn

_MARGIN_MM = 14.0
_LINE_MM = 5.2
_WIDTH_MM = {"count": 16.0, "share": 16.0, "number": 16.0, "day": 27.0, "moment": 33.0}
# Of a text, as wide as its letters need; beyond the widest they go on in the next line.
_LETTER_MM, _NARROWEST_MM, _WIDEST_MM = 1.9, 18.0, 60.0
_AFTER_A_NUMBER_MM = 5.0
_WIDEST_PORTRAIT_MM = 210.0
_INK, _MUTE, _STRIPE = (17, 32, 26), (81, 97, 91), (243, 246, 245)


def pdf_file(table: Table) -> bytes:
    sheet = _Sheet(table)
    sheet.print_rows()
    return bytes(sheet.output())


class _Sheet(FPDF):
    def __init__(self, table: Table) -> None:
        self._table = table
        self._widths = _widths(table.columns)
        super().__init__(
            orientation="landscape" if sum(self._widths) > _WIDEST_PORTRAIT_MM else "portrait", format="A4"
        )
        self._widths = _stretched(self._widths, self.w - 2 * _MARGIN_MM)
        self._indents = _indents(table.columns)
        self._letters = add_fonts(self)
        self._lacking = False
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(True, margin=_MARGIN_MM + 6)
        self.set_title(table.title)
        self.set_lang("en")
        self.set_draw_color(*_INK)
        self.add_page()

    def header(self) -> None:
        """Called for each page: the title on the first, the headings on all."""
        if self.page_no() == 1:
            self._write(17, _INK, [self._drawable(self._table.title)], 9)
            self._write(9.5, _MUTE, [self._drawable(line) for line in self._table.about], _LINE_MM)
            self.ln(3)
        self._use(8, _MUTE)
        self._row([column.heading for column in self._table.columns], border="B")

    def footer(self) -> None:
        self.set_y(-_MARGIN_MM)
        self._use(8, _MUTE)
        self._cell(0, self._table.title, "L")
        self.set_x(_MARGIN_MM)
        self._cell(0, f"Page {self.page_no()} of {{nb}}", "R")

    def print_rows(self) -> None:
        for number, row in enumerate(self._table.rows()):
            self._as_body()
            words = [
                self._drawable(_words(cell, column)) for cell, column in zip(row, self._table.columns, strict=True)
            ]
            self._row(words, striped=number % 2 == 1)
        if self._table.has_totals:
            self._as_body()
            totals = zip(self._table.totals(), self._table.columns, strict=True)
            self._row([_words(cell, column) for cell, column in totals], border="T")
        self.ln(3)
        self._write(8.5, _MUTE, [*self._table.notes, *([LACKING_NOTE] if self._lacking else [])], _LINE_MM)

    def _as_body(self) -> None:
        self._use(9, _INK)

    def _row(self, texts: Sequence[str], *, border: str = "", striped: bool = False) -> None:
        """As high as its longest text needs, and never over two pages."""
        room = [width - indent for width, indent in zip(self._widths, self._indents, strict=True)]
        lines = [self._broken(text, width) for text, width in zip(texts, room, strict=True)]
        height = _LINE_MM * max(map(len, lines)) + 1.4
        if border != "B" and self.will_page_break(height):
            self.add_page()
            self._as_body()
        left, top = self.l_margin, self.get_y()
        if striped:
            self.set_fill_color(*_STRIPE)
            self.rect(left, top, sum(self._widths), height, style="F")
        for column, broken, width, indent in zip(self._table.columns, lines, room, self._indents, strict=True):
            for number, text in enumerate(broken):
                self.set_xy(left + indent, top + 0.7 + number * _LINE_MM)
                self._cell(width, text, "L" if isinstance(column, TextColumn) else "R")
            left += indent + width
        if border:
            edge = top + (height if border == "B" else 0)
            self.line(self.l_margin, edge, self.l_margin + sum(self._widths), edge)
        self.set_xy(self.l_margin, top + height)

    def _broken(self, text: str, width: float) -> list[str]:
        self.set_text_shaping(needs_shaping(text))
        if not text or self.get_string_width(text) <= width - 2 * self.c_margin:
            return [text]
        lines = self.multi_cell(width, _LINE_MM, text, dry_run=True, output="LINES")
        assert isinstance(lines, list)
        return lines

    def _use(self, size: float, colour: tuple[int, int, int]) -> None:
        self.set_font(FAMILY, size=size)
        self.set_text_color(*colour)
        # fpdf sets a font with the first text; within a text that falls back on another it would not last.
        self.set_text_shaping(False)
        self.text(self.l_margin, self.get_y(), " ")

    def _drawable(self, text: str) -> str:
        """A box in the place of each letter that no font has, or it would vanish without a word."""
        drawn = "".join(letter if ord(letter) in self._letters else LACKING for letter in text)
        self._lacking |= drawn != text
        return drawn

    def _cell(self, width: float, text: str, align: str) -> None:
        self.set_text_shaping(needs_shaping(text))
        self.cell(width, _LINE_MM, text, align=align)

    def _write(self, size: float, colour: tuple[int, int, int], lines: Sequence[str], height: float) -> None:
        self._use(size, colour)
        for line in lines:
            self.set_text_shaping(needs_shaping(line))
            self.multi_cell(0, height, line, new_x="LMARGIN", new_y="NEXT")


def _widths(columns: Sequence[Column]) -> list[float]:
    return [_width(column) + indent for column, indent in zip(columns, _indents(columns), strict=True)]


def _width(column: Column) -> float:
    if not isinstance(column, TextColumn):
        return _WIDTH_MM[str(type(column).__struct_config__.tag)]
    letters = max(map(len, [column.heading, column.total, *column.values]))
    return min(_WIDEST_MM, max(_NARROWEST_MM, letters * _LETTER_MM))


def _indents(columns: Sequence[Column]) -> list[float]:
    """A number ends at the right of its column, where a text would begin."""
    return [
        _AFTER_A_NUMBER_MM if isinstance(column, TextColumn) and not isinstance(before, TextColumn | None) else 0.0
        for before, column in zip([None, *columns], columns, strict=False)
    ]


def _stretched(widths: Sequence[float], whole: float) -> list[float]:
    return [width * whole / sum(widths) for width in widths]


def _words(value: Cell, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(column, ShareColumn) and isinstance(value, int | float):
        return f"{value:.1%}"
    if isinstance(value, datetime):
        return f"{value.day} {value:%b %Y, %H:%M}"
    if isinstance(value, date):
        return f"{value:%a} {value.day} {value:%b %Y}"
    return f"{value:,}" if isinstance(value, int | float) else value
