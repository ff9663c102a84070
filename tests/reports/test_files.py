"""A table as a file: what a spreadsheet computes with, what a printer prints, and nothing that was smuggled in."""

from __future__ import annotations

import csv
import io
import re
import zlib
from datetime import date, datetime

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]  # it ships no types

from adapters.reports.csv_file import csv_file
from adapters.reports.fonts import LACKING, needs_shaping
from adapters.reports.pdf_file import pdf_file
from adapters.reports.table import CountColumn, DayColumn, MomentColumn, ShareColumn, Table, TextColumn
from adapters.reports.xlsx_file import xlsx_file

NAMES = ["Elif Yıldız", "Дмитрий Орлов", "Αθηνά", "أميرة حداد", "מאיה כהן", "=HYPERLINK(1)"]


def table(names: list[str] = NAMES) -> Table:
    count = len(names)
    return Table(
        name="attendance",
        title="Attendance by person",
        about=["2026-09-01 to 2026-12-20"],
        columns=[
            TextColumn(heading="Name", values=names, total="All"),
            DayColumn(heading="Day", values=[date(2026, 11, 2)] * count),
            MomentColumn(heading="Starts", values=[datetime(2026, 11, 2, 8, 30)] * count),
            CountColumn(heading="Present", values=list(range(count)), total=sum(range(count))),
            ShareColumn(heading="Rate", values=[None, *[0.9375] * (count - 1)], total=0.5),
        ],
        notes=["Rate: those who came."],
        has_totals=True,
    )


def test_a_csv_file_is_read_back_as_it_was() -> None:
    written = csv_file(table(["Ada, Lady Lovelace", 'the "first"', "two\nlines"])).decode("utf-8")
    assert written.startswith("\ufeffName,")
    rows = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    assert rows[0] == ["Name", "Day", "Starts", "Present", "Rate"]
    assert [row[0] for row in rows[1:]] == ["Ada, Lady Lovelace", 'the "first"', "two\nlines"]
    assert rows[2][1:] == ["2026-11-02", "2026-11-02 08:30", "1", "0.9375"]
    assert written.count("\r\n") == 4


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_csv_file_is_a_formula(start: str) -> None:
    written = csv_file(table([f"{start}cmd|' /C calc'!A0", "Ada - Byron"])).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert rows[1][0] == f"'{start}cmd|' /C calc'!A0"
    assert rows[2][0] == "Ada - Byron"


def test_a_spreadsheet_has_real_dates_percents_and_numbers_under_a_heading_that_stays() -> None:
    book = load_workbook(io.BytesIO(xlsx_file(table())))
    sheet = book["Figures"]
    assert sheet.freeze_panes == "B2"
    assert [cell.value for cell in sheet[1]] == ["Name", "Day", "Starts", "Present", "Rate"]
    name, day, starts, present, rate = sheet[3]
    assert (name.value, present.value) == ("Дмитрий Орлов", 1)
    assert (day.value, day.number_format, day.is_date) == (datetime(2026, 11, 2), "yyyy-mm-dd", True)
    assert (starts.value, starts.is_date) == (datetime(2026, 11, 2, 8, 30), True)
    assert (rate.value, rate.number_format) == (0.9375, "0.0%")
    assert sheet["E2"].value is None
    assert [cell.value for cell in sheet[8]] == ["All", None, None, 15, 0.5]
    assert [row[0].value for row in book["About"].iter_rows()] == [
        "Attendance by person", "2026-09-01 to 2026-12-20", "Rate: those who came.",
    ]  # fmt: skip


def test_no_cell_of_a_spreadsheet_is_a_formula_or_a_link() -> None:
    sheet = load_workbook(io.BytesIO(xlsx_file(table(["=1+1", "https://example.org", "0042"]))))["Figures"]
    assert [sheet.cell(row, 1).value for row in (2, 3, 4)] == ["=1+1", "https://example.org", "0042"]
    assert [sheet.cell(row, 1).data_type for row in (2, 3, 4)] == ["s", "s", "s"]
    assert sheet["A3"].hyperlink is None


def test_a_printed_sheet_holds_names_in_every_script_that_its_fonts_have() -> None:
    written = pdf_file(table())
    letters = drawn_letters(written)
    for name in NAMES:
        assert set(name) - letters <= {" "}, name
    assert LACKING not in letters
    for font in (rb"NotoSans\s", rb"NotoSansArabic", rb"NotoSansHebrew"):
        assert re.search(rb"/BaseFont /[A-Z]+\+" + font, written), font
    assert b"/MediaBox [0 0 595.28 841.89]" in written


def test_a_letter_that_no_font_has_is_drawn_as_such_and_explained() -> None:
    letters = drawn_letters(pdf_file(table(["山田 Taro", "Ada"])))
    assert LACKING in letters
    assert "山" not in letters
    assert set("stands for a letter that is not in the fonts") <= letters


def test_a_long_sheet_is_numbered_page_by_page_under_the_same_heading() -> None:
    written = pdf_file(table([f"Person {number}" for number in range(120)]))
    pages = len(re.findall(rb"/Type /Page\b(?!s)", written))
    assert pages == 4
    assert len(page_contents(written)) >= pages


def test_rows_after_a_name_from_the_right_are_as_large_as_the_others() -> None:
    (content,) = page_contents(pdf_file(table(["أميرة حداد", "Ada Byron"])))
    set_for_the_rows = content.rfind(b"BT /F1 9.00 Tf ET")
    assert -1 < set_for_the_rows < content.find(b"/F2 9.00 Tf"), "it is set before the first row, and not within it"


def test_only_what_joins_or_runs_from_the_right_is_shaped() -> None:
    assert needs_shaping("أميرة")
    assert needs_shaping("כהן")
    assert needs_shaping("e\u0301")
    assert not needs_shaping("Elif Yıldız, Дмитрий, Αθηνά")


def streams(written: bytes) -> list[bytes]:
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", written, re.DOTALL)
    return [zlib.decompressobj().decompress(one) if one[:1] == b"\x78" else one for one in found]


def page_contents(written: bytes) -> list[bytes]:
    return [one for one in streams(written) if b" Tj" in one or b"TJ" in one]


def drawn_letters(written: bytes) -> set[str]:
    """What a reader finds: fonts are cut down to the glyphs that are used, and say which letter each one is."""
    letters: set[str] = set()
    for one in streams(written):
        if b"beginbfchar" in one:
            for told in re.findall(rb"<[0-9A-Fa-f]+> <([0-9A-Fa-f]+)>", one):
                letters |= set(bytes.fromhex(told.decode()).decode("utf-16-be"))
    return letters
