"""The fonts of printed sheets: Latin, Greek and Cyrillic, with Arabic and Hebrew to fall back on."""

from __future__ import annotations

import unicodedata
from importlib.resources import files
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont

FAMILY = "Sans"
# Each comes with a pinned package; all of them are under the Open Font Licence.
_FONTS = {
    FAMILY: ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    "Arabic": ("justmytype_intl_rtl", "fonts/ofl/notosansarabic/NotoSansArabic[wdth,wght].ttf"),
    "Hebrew": ("justmytype_intl_rtl", "fonts/ofl/notosanshebrew/NotoSansHebrew[wdth,wght].ttf"),
}
# By default the Hebrew font is its thinnest.
_REGULAR = {"Hebrew": {"wght": 400.0, "wdth": 100.0}}
_RIGHT_TO_LEFT = ("R", "AL")
LACKING = "\N{REPLACEMENT CHARACTER}"
LACKING_NOTE = f"{LACKING} stands for a letter that is not in the fonts of printed sheets; the spreadsheet has it."


def add_fonts(sheet: FPDF) -> frozenset[int]:
    """Every character that can be drawn."""
    for family, (package, name) in _FONTS.items():
        sheet.add_font(family, "", Path(str(files(package) / name)), variations=_REGULAR.get(family))
    sheet.set_fallback_fonts([family for family in _FONTS if family != FAMILY], exact_match=False)
    fonts = (font for font in sheet.fonts.values() if isinstance(font, TTFFont))
    return frozenset(character for font in fonts for character in font.cmap)


def needs_shaping(text: str) -> bool:
    """Letters that join, or run from the right: shaping takes ten times as long, so Latin does without."""
    return any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT or unicodedata.combining(letter) for letter in text)
