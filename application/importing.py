"""What an import takes and what it says: good rows by their number, and every bad row with its field and reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from domain.person import Purpose
from domain.session_events import Plan

Row = TypeVar("Row")


class BadRow(msgspec.Struct, frozen=True, kw_only=True):
    """`row` is counted as an editor counts lines, from 1; in a calendar it is the event's number, from 1."""

    row: int
    field: str
    reason: str


class Numbered(msgspec.Struct, Generic[Row], frozen=True):
    number: int
    row: Row


class Parsed(msgspec.Struct, Generic[Row], frozen=True):
    """A file as it was read: what can be meant, and what cannot."""

    rows: Sequence[Numbered[Row]]
    bad: Sequence[BadRow] = ()


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    name: str
    consents: tuple[Purpose, ...]


class RosterRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is expected at every coming session of a series."""

    series: str
    user_id: str


class TimetableRow(msgspec.Struct, frozen=True, kw_only=True):
    """One meeting. `key` stays the same when it is moved, so that importing it again moves it and adds no other."""

    key: str
    plan: Plan
    cancelled: bool = False


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """`added`, `changed` and `unchanged` count what the rows stand for: people, places on a roster, or sessions."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: tuple[BadRow, ...] = ()


class Tally:
    """Counts while an import goes on."""

    def __init__(self, bad: Sequence[BadRow]) -> None:
        self.added = 0
        self.changed = 0
        self.unchanged = 0
        self._bad = list(bad)

    def refuse(self, row: int, field: str, reason: str) -> None:
        self._bad.append(BadRow(row=row, field=field, reason=reason))

    def report(self) -> ImportReport:
        bad = tuple(sorted(self._bad, key=lambda one: (one.row, one.field)))
        return ImportReport(added=self.added, changed=self.changed, unchanged=self.unchanged, bad=bad)
