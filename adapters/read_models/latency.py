"""How long the stages of check-ins took: a histogram of each, by day and station."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import TOPICS, Event
from adapters.read_models.columns import columns
from adapters.read_models.latency_buckets import bucket_of, quantile_ms
from application.ports.latency import LatencyGroup, StageLatency
from domain.check_in import (
    CaptureRefused,
    EmotionCaptureRefused,
    EmotionRecognised,
    IdentityMatched,
    IdentityRejected,
    Started,
    Timings,
)

_ORIGIN = "SELECT originator_id, topic, state FROM event WHERE originator_id = ANY(%s) AND originator_version = 1"
_ADD = """
INSERT INTO latency AS kept (day, station_id, stage, bucket, count)
SELECT * FROM unnest(%s::date[], %s::uuid[], %s::text[], %s::smallint[], %s::bigint[])
ON CONFLICT (day, station_id, stage, bucket) DO UPDATE SET count = kept.count + excluded.count
"""
_BETWEEN = """
SELECT day, station_id, stage, bucket, count FROM latency
WHERE day BETWEEN %s AND %s AND (%s::uuid IS NULL OR station_id = %s)
"""
_QUANTILES = (0.5, 0.95, 0.99)
_Decision = IdentityMatched | IdentityRejected | CaptureRefused
_Reading = EmotionRecognised | EmotionCaptureRefused


class _Origin(NamedTuple):
    """Where a check-in began, and when."""

    station: UUID
    at: datetime


class LatencyProjection:
    """Implements adapters.event_store.read_model.ReadModel. A day is the decision's, in UTC."""

    name = "latency"
    takes: tuple[type[Event], ...] = (
        Started,
        IdentityMatched,
        IdentityRejected,
        CaptureRefused,
        EmotionRecognised,
        EmotionCaptureRefused,
    )
    tables: tuple[str, ...] = ("latency",)
    personal = False

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        origins: dict[UUID, _Origin] = {}
        measured: list[tuple[UUID, _Decision | _Reading]] = []
        for projected in page:
            match projected.event:
                case Started(station_id=station, at=at):
                    origins[projected.stream] = _Origin(station, at)
                case (
                    IdentityMatched()
                    | IdentityRejected()
                    | CaptureRefused()
                    | EmotionRecognised()
                    | EmotionCaptureRefused()
                ) as event:
                    measured.append((projected.stream, event))
                case _:
                    raise TypeError(f"not projected: {type(projected.event).__name__}")
        origins.update(_read_origins(cursor, {stream for stream, _ in measured} - origins.keys()))
        counts: Counter[tuple[date, UUID, str, int]] = Counter()
        for stream, event in measured:
            origin = origins[stream]
            day = event.at.astimezone(UTC).date()
            counts.update((day, origin.station, stage, bucket_of(took)) for stage, took in _stages(event, origin))
        if counts:
            # In one order, so that two who add to the same rows cannot wait for each other.
            rows = [(day.isoformat(), *rest, count) for (day, *rest), count in sorted(counts.items())]
            cursor.execute(_ADD, columns(rows), prepare=True)


class PostgresLatencies:
    """Implements application.ports.latency.Latencies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def between(self, first: date, last: date, station: UUID | None = None) -> Sequence[LatencyGroup]:
        """In order of the day; of a day all stations together first, where no station was asked for."""
        rows = await self._database.fetch(_BETWEEN, (first, last, station, station))
        groups: dict[tuple[date, UUID | None], dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
        for day, station_id, stage, bucket, count in rows:
            for whose in {station_id, station}:
                groups[day, whose][stage][bucket] += count
        ordered = sorted(groups.items(), key=lambda group: (group[0][0], str(group[0][1] or "")))
        return [LatencyGroup(day=day, station_id=whose, stages=_told(stages)) for (day, whose), stages in ordered]


def _stages(event: _Decision | _Reading, origin: _Origin) -> Iterator[tuple[str, float]]:
    if isinstance(event, _Reading):
        yield "emotion", sum(event.timings_ms.values())
        yield from _parts("emotion", event.timings_ms)
    else:
        # The clocks of two processes may differ: what seems to end before it began took no time that can be told.
        yield "identify", max(0.0, (event.at - origin.at).total_seconds() * 1e3)
        yield from _parts("identify", event.timings_ms)


def _parts(whole: str, timings_ms: Timings) -> Iterator[tuple[str, float]]:
    return ((f"{whole}.{stage}", took_ms) for stage, took_ms in timings_ms.items())


def _read_origins(cursor: Cursor[TupleRow], streams: set[UUID]) -> dict[UUID, _Origin]:
    """Of the check-ins that began on an earlier page."""
    if not streams:
        return {}
    rows = cursor.execute(_ORIGIN, (list(streams),), prepare=True).fetchall()
    return {stream: _origin(topic, bytes(state)) for stream, topic, state in rows}


def _origin(topic: str, state: bytes) -> _Origin:
    fields: dict[str, Any] = msgspec.json.decode(state)  # as stored, of whichever version
    if topic not in TOPICS.current:
        _, fields = TOPICS.upcast(topic, fields)
    return _Origin(UUID(fields["station_id"]), datetime.fromisoformat(fields["at"]))


def _told(stages: Mapping[str, Counter[int]]) -> list[StageLatency]:
    return [_quantiles(stage, counts) for stage, counts in sorted(stages.items())]


def _quantiles(stage: str, counts: Counter[int]) -> StageLatency:
    p50, p95, p99 = (round(quantile_ms(counts, share), 2) for share in _QUANTILES)
    return StageLatency(stage=stage, count=counts.total(), p50_ms=p50, p95_ms=p95, p99_ms=p99)
