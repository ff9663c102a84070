"""What a read model is: which events it takes, and what it makes of a page of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.event_store.topics import Event


class Projected(msgspec.Struct, frozen=True):
    """An event, its place in the global order, and the stream (a check-in's or a person's id) it belongs to."""

    position: int
    stream: UUID
    event: Event


class ReadModel(Protocol):
    """`personal`: whether it sees personal fields; where not, they read as erased and no key is touched.

    `tables`: those that hold nothing but what it projects, each after those it refers to. A rebuild makes them anew,
    so nobody else may write to them, and what it does elsewhere must not matter when it is done again.
    """

    @property
    def name(self) -> str: ...

    @property
    def takes(self) -> tuple[type[Event], ...]: ...

    @property
    def personal(self) -> bool: ...

    @property
    def tables(self) -> tuple[str, ...]: ...

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        """In the transaction that also moves its position. A page holds events of many streams, in order."""
        ...
