"""Ends the push subscriptions of whoever is erased, with all that waits to be sent to them."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from domain.person import Erased


class PushSubscriptionsProjection:
    """Implements adapters.event_store.read_model.ReadModel. It comes after the people: see PostgresSubscriptions."""

    name = "push_subscriptions"
    takes: tuple[type[Event], ...] = (Erased,)
    personal = False
    # They are kept: they are in no event, so nothing could bring them back.
    tables: tuple[str, ...] = ()

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        cursor.execute("DELETE FROM push_subscription WHERE person = ANY(%s)", ([one.stream for one in page],))
