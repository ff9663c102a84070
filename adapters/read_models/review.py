"""What waits for a member of staff: check-ins that nobody was matched to, and those whose match was denied."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from adapters.read_models.columns import as_array, columns
from application.ports import ReviewItem, ReviewKind
from domain.check_in import CaptureRefused, Dismissed, IdentityRejected, MatchDenied, Reassigned
from domain.person import Erased
from domain.personal import PersonalData

_ADD = """
INSERT INTO review (id, kind, distance, threshold, margin, margin_required, confidence,
                    refusal_code, refusal_value, refusal_limit, candidates, position)
SELECT id, kind, distance, threshold, margin, margin_required, confidence,
       refusal_code, refusal_value, refusal_limit, candidates::uuid[], position
FROM unnest(%s::uuid[], %s::text[], %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[],
            %s::text[], %s::float8[], %s::float8[], %s::text[], %s::bigint[])
    AS new (id, kind, distance, threshold, margin, margin_required, confidence,
            refusal_code, refusal_value, refusal_limit, candidates, position)
ON CONFLICT (id) DO UPDATE SET
    kind = excluded.kind, distance = excluded.distance, threshold = excluded.threshold, margin = excluded.margin,
    margin_required = excluded.margin_required, confidence = excluded.confidence,
    refusal_code = excluded.refusal_code, refusal_value = excluded.refusal_value,
    refusal_limit = excluded.refusal_limit, candidates = excluded.candidates, position = excluded.position
"""
_DONE = "DELETE FROM review WHERE id = ANY (%s::uuid[])"
_FORGET = """
UPDATE review SET candidates = ARRAY(SELECT one FROM unnest(candidates) AS one WHERE one <> ALL (%(people)s))
WHERE candidates && %(people)s
"""
_WAITING = """
SELECT r.id, r.kind, s.station_id, coalesce(a.moment, s.started_at), r.distance, r.threshold, r.margin,
       r.margin_required, r.confidence, r.refusal_code, r.refusal_value, r.refusal_limit, r.candidates, r.position
FROM review AS r
JOIN check_in_status AS s ON s.id = r.id
LEFT JOIN attendance_check_in AS a ON a.id = r.id
WHERE r.position < %s AND r.kind = ANY (%s)
ORDER BY r.position DESC LIMIT %s
"""
_ONE = _WAITING.replace("r.position < %s AND r.kind = ANY (%s)", "r.id = %s").replace("LIMIT %s", "LIMIT 1")
_COUNT = "SELECT kind, count(*) FROM review GROUP BY kind"
_NEWEST = 2**62


class ReviewProjection:
    """Implements adapters.event_store.read_model.ReadModel."""

    name = "review"
    takes: tuple[type[Event], ...] = (IdentityRejected, CaptureRefused, MatchDenied, Reassigned, Dismissed, Erased)
    personal = True
    tables: tuple[str, ...] = ("review",)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        waiting: dict[UUID, tuple[object, ...]] = {}
        done: list[UUID] = []
        erased: list[UUID] = []
        for projected in page:
            id = projected.stream
            match projected.event:
                case Reassigned() | Dismissed():
                    waiting.pop(id, None)
                    done.append(id)
                case Erased():
                    erased.append(id)
                case _:
                    waiting[id] = _row(projected)
        if done:
            cursor.execute(_DONE, (as_array(done),), prepare=True)
        if waiting:
            cursor.execute(_ADD, columns(list(waiting.values())), prepare=True)
        if erased:
            cursor.execute(_FORGET, {"people": erased})


class PostgresReviews:
    """Implements application.ports.Reviews."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(
        self, *, kinds: Sequence[ReviewKind], limit: int, before_position: int | None = None
    ) -> Sequence[ReviewItem]:
        newest = _NEWEST if before_position is None else before_position
        rows = await self._database.fetch(_WAITING, (newest, list(kinds), limit))
        return [_item(row) for row in rows]

    async def one(self, id: UUID) -> ReviewItem | None:
        rows = await self._database.fetch(_ONE, (id,))
        return _item(rows[0]) if rows else None

    async def counts(self) -> dict[ReviewKind, int]:
        return dict(await self._database.fetch(_COUNT))


def _row(projected: Projected) -> tuple[object, ...]:
    match projected.event:
        case IdentityRejected(reason=reason, evidence=evidence, candidates=candidates):
            judged = (evidence.distance, evidence.threshold, evidence.margin, evidence.margin_required)
            refused: tuple[object, ...] = (None, None, None)
            row = (reason, *judged, evidence.confidence, *refused, _readable(candidates))
        case CaptureRefused(refusal=refusal):
            nothing: tuple[None, ...] = (None,) * 5
            row = ("refused", *nothing, refusal.code, refusal.value, refusal.limit, "{}")
        case MatchDenied():
            row = ("denied", *(None,) * 8, "{}")
        case _:
            raise TypeError(f"not projected: {type(projected.event).__name__}")
    return (projected.stream, *row, projected.position)


def _readable(candidates: Sequence[PersonalData[UUID]]) -> str:
    return as_array([person for one in candidates if (person := one.reveal()) is not None])


def _item(row: TupleRow) -> ReviewItem:
    fields = (
        "id", "kind", "station_id", "moment", "distance", "threshold", "margin", "margin_required", "confidence",
        "refusal_code", "refusal_value", "refusal_limit", "candidates", "position",
    )  # fmt: skip
    return ReviewItem(**dict(zip(fields, row, strict=True)))
