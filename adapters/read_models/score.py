"""How near faces came, and what was decided: what a preview of other thresholds is made from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from adapters.read_models.columns import columns
from application.ports import Score
from domain.check_in import IdentityMatched, IdentityRejected
from domain.redecision import comparison_of

_ADD = """
INSERT INTO score (position, day, model, comparison, distance, margin, outcome)
SELECT * FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::text[], %s::float8[], %s::float8[], %s::text[])
"""
_LATEST = """
SELECT comparison, distance, margin, outcome FROM score WHERE model = %s ORDER BY position DESC LIMIT %s
"""


class ScoreProjection:
    """Implements adapters.event_store.read_model.ReadModel."""

    name = "score"
    takes: tuple[type[Event], ...] = (IdentityMatched, IdentityRejected)
    personal = False
    tables: tuple[str, ...] = ("score",)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        cursor.execute(_ADD, columns([_row(projected) for projected in page]), prepare=True)


class PostgresScores:
    """Implements application.ports.Scores."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, model: str, limit: int) -> Sequence[Score]:
        rows = await self._database.fetch(_LATEST, (model, limit))
        return [
            Score(comparison=comparison, distance=distance, margin=margin, outcome=outcome)
            for comparison, distance, margin, outcome in rows
        ]


def _row(projected: Projected) -> tuple[object, ...]:
    match projected.event:
        case IdentityMatched(evidence=evidence, at=at):
            outcome = "checked_in"
            comparison = comparison_of("checked_in", evidence)
        case IdentityRejected(evidence=evidence, at=at, reason=reason):
            outcome = reason
            comparison = comparison_of(reason, evidence)
        case _:
            raise TypeError(f"not projected: {type(projected.event).__name__}")
    day = at.astimezone(UTC).date().isoformat()
    return (projected.position, day, evidence.model, comparison, evidence.distance, evidence.margin, outcome)
