"""Rows turned into columns, for one statement over unnest instead of one for each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def columns(rows: Sequence[tuple[object, ...]]) -> list[str]:
    """One array a column, for a statement that casts each; there is at least one row."""
    return [as_array(column) for column in zip(*rows, strict=True)]


def as_array(values: Iterable[object]) -> str:
    """An array of one type as PostgreSQL reads it.

    psycopg dumps a list value by value, which takes several times as long.
    """
    column = list(values)
    first = next((value for value in column if value is not None), "")
    write = _WRITERS[type(first)]
    return "{" + ",".join(["NULL" if value is None else write(value) for value in column]) + "}"


def _quoted(text: str) -> str:
    return f'"{text.translate(_QUOTED)}"'


# `Any`: each writer takes values of its own type.
_WRITERS: dict[type, Callable[[Any], str]] = {
    UUID: lambda uuid: f"{uuid.int:032x}",
    datetime: lambda moment: f'"{moment.isoformat()}"',
    bool: str,
    float: repr,
    int: str,
    str: _quoted,
}
