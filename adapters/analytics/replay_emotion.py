"""Which emotions could be told at a moment: the read model's own rules over the events that were recorded by then.

The projection fills tables of the same names that this connection alone sees, and is asked as the live one is. So a
replay tells no more than was told then, and its groups are those of today: nothing can be learned from the difference.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.analytics.as_of import read_anonymous
from adapters.database import Database, connect
from adapters.read_models.emotion import EmotionProjection
from adapters.read_models.emotion_groups import PostgresEmotions
from application.ports import EmotionGroup

# As long as the read model waits before it tells of a group that is over.
TOLD_AFTER = timedelta(minutes=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_SHADOWS = """
CREATE TEMPORARY TABLE emotion (LIKE emotion INCLUDING ALL);
CREATE TEMPORARY TABLE emotion_session (LIKE emotion_session INCLUDING ALL);
CREATE TEMPORARY TABLE projection_dead_letter (LIKE projection_dead_letter INCLUDING ALL);
CREATE TEMPORARY TABLE projection (LIKE projection INCLUDING ALL);
INSERT INTO projection (name, position) SELECT 'emotion', coalesce(max(notification_id), 0) FROM event;
"""


def replay_emotion(dsn: str, as_of: datetime) -> Sequence[EmotionGroup]:
    """The groups that were over and told by `as_of`, in order of their end."""
    projection = EmotionProjection()
    with connect(dsn, name="replay") as connection:
        connection.execute(_SHADOWS)
        with connection.transaction(), connection.cursor() as cursor:
            for page in read_anonymous(dsn, as_of, projection.takes):
                projection.apply(cursor, page)
        told = PostgresEmotions(_Shadowed(connection)).between(_BEGINNING, as_of - TOLD_AFTER)
        return asyncio.run(told)


class _Shadowed(Database):
    """Queries of the one connection that sees the tables above."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection

    async def fetch(self, statement: str, parameters: Sequence[object] = (), *, binary: bool = False) -> list[TupleRow]:
        return self._connection.execute(statement.encode(), parameters, binary=binary).fetchall()
