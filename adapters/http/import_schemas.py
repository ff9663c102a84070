"""The bodies of the import endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(max_length=5_000_000, description="the file's content")]


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text


class TimetableRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Meetings that start from `start` on and before `end` are imported, repeated ones too.

    `zone` holds where the file names none. `rooms`: the stations of each room, by the room's name.
    """

    format: Literal["csv", "icalendar"]
    text: Text
    start: Annotated[datetime, Meta(tz=True)]
    end: Annotated[datetime, Meta(tz=True)]
    zone: Annotated[str, Meta(max_length=64)]
    rooms: dict[str, Annotated[list[UUID], Meta(min_length=1, max_length=50)]] = {}


class BadRowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`row` as an editor counts lines, from 1; in a calendar the event's number. `field` is empty for the whole row."""

    row: int
    field: str
    reason: str


class ImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the good rows, and every bad one. The same file sent again changes nothing."""

    added: int
    changed: int
    unchanged: int
    bad: list[BadRowAnswer]
