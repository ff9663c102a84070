"""People and rosters as CSV: `user_id,name,consents` and `series,user_id`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from adapters.imports.csv_table import CellWrong, needed_cell, parse_table
from application.importing import Parsed, PersonRow, RosterRow
from domain.person import Purpose

_PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


def parse_people(text: str) -> Parsed[PersonRow]:
    """`consents`: none, or some of `face` and `emotion` with spaces between. Raises FileUnreadable."""
    return parse_table(text, ["user_id", "name"], ["consents"], _person)


def parse_rosters(text: str) -> Parsed[RosterRow]:
    """Raises FileUnreadable."""
    return parse_table(text, ["series", "user_id"], [], _place)


def _person(cells: Mapping[str, str]) -> list[PersonRow]:
    user_id = needed_cell(cells, "user_id", most=128)
    name = needed_cell(cells, "name")
    named = cells.get("consents", "").lower().split()
    for word in named:
        if word not in _PURPOSES:
            raise CellWrong("consents", f"{word!r} is none of {', '.join(_PURPOSES)}")
    consents = tuple(purpose for purpose in _PURPOSES if purpose in named)
    return [PersonRow(user_id=user_id, name=name, consents=consents)]


def _place(cells: Mapping[str, str]) -> list[RosterRow]:
    return [RosterRow(series=needed_cell(cells, "series"), user_id=needed_cell(cells, "user_id", most=128))]
