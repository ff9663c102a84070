"""What may be told of anonymous emotions: groups that are over, and never a cohort below ten.

Groups share no reading, and none changes once it is told, so that all an attacker can set against each other are one
group's total and its buckets. Where a bucket is suppressed, so are the group's first larger ones: one at least, and as
many as make up twice the smallest cohort together. What is left between the total and the buckets told is then the sum
of several, which could be shared out in many ways (tests/read_models/test_emotion_attack.py tries them all). An empty
bucket and a suppressed one look the same: neither is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import LiteralString

from psycopg.rows import TupleRow

from adapters.database import Database
from application.ports import EmotionBucket, EmotionFigures, EmotionGroup
from domain.emotion import EMOTIONS

SMALLEST_COHORT = 10
_MILLIONTHS = 1_000_000

# `told_through`: until when nothing can be added: not after what is yet to be projected, and a minute before now.
# Larger buckets are suppressed in the order of time: an order that depends on counts would tell them.
_TOLD: LiteralString = """
WITH told_through AS (
    SELECT least(
        clock_timestamp(),
        (SELECT e.recorded_at FROM event e
         WHERE e.notification_id > coalesce((SELECT position FROM projection WHERE name = 'emotion'), 0)
         ORDER BY e.notification_id LIMIT 1),
        (SELECT min(e.recorded_at) FROM projection_dead_letter d JOIN event e ON e.notification_id = d.position
         WHERE d.name = 'emotion')
    ) - interval '1 minute' AS moment
), bucket AS (
    SELECT e.*, sum(readings) OVER of_group AS in_group,
           coalesce(sum(readings) FILTER (WHERE readings < 10) OVER of_group, 0) AS small,
           coalesce(sum(readings) FILTER (WHERE readings >= 10) OVER (
               PARTITION BY session_id, station_id, ends_at ORDER BY begins_at
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0) AS larger_before
    FROM emotion e, told_through
    WHERE e.ends_at >= %s AND e.ends_at < %s AND e.ends_at <= told_through.moment
    WINDOW of_group AS (PARTITION BY session_id, station_id, ends_at)
), told AS (
    SELECT *, readings >= 10 AND (small = 0 OR (larger_before > 0 AND small + larger_before >= 20)) AS bucket_told,
           in_group >= 10 AS group_told
    FROM bucket
)
SELECT DISTINCT session_id, station_id, ends_at, CASE WHEN bucket_told THEN begins_at END AS told_from,
       CASE WHEN group_told THEN in_group::bigint END,
       CASE WHEN group_told THEN ARRAY[
           sum(angry) OVER g, sum(disgust) OVER g, sum(fear) OVER g, sum(happy) OVER g, sum(sad) OVER g,
           sum(surprise) OVER g, sum(neutral) OVER g
       ]::bigint[] END,
       CASE WHEN bucket_told THEN readings END,
       CASE WHEN bucket_told THEN ARRAY[angry, disgust, fear, happy, sad, surprise, neutral] END
FROM told WINDOW g AS (PARTITION BY session_id, station_id, ends_at)
ORDER BY ends_at, session_id, station_id, told_from
"""


class PostgresEmotions:
    """Implements application.ports.Emotions."""

    smallest_cohort = SMALLEST_COHORT

    def __init__(self, database: Database) -> None:
        self._database = database

    async def between(self, start: datetime, end: datetime) -> Sequence[EmotionGroup]:
        rows = await self._database.fetch(_TOLD, (start, end))
        return [_group(list(of_group)) for _, of_group in groupby(rows, key=lambda row: row[:3])]


def _group(rows: Sequence[TupleRow]) -> EmotionGroup:
    session_id, station_id, ends_at, _, readings, sums, *_ = rows[0]
    return EmotionGroup(
        session_id=session_id,
        station_id=station_id,
        ends_at=ends_at,
        figures=_figures(readings, sums),
        buckets=[bucket for row in rows if (bucket := _bucket(*row[3:4], *row[6:8])) is not None],
    )


def _bucket(begins_at: datetime | None, readings: int | None, sums: Sequence[int] | None) -> EmotionBucket | None:
    figures = _figures(readings, sums)
    return None if begins_at is None or figures is None else EmotionBucket(begins_at=begins_at, figures=figures)


def _figures(readings: int | None, sums: Sequence[int] | None) -> EmotionFigures | None:
    if readings is None or sums is None:
        return None
    mean = {emotion: total / readings / _MILLIONTHS for emotion, total in zip(EMOTIONS, sums, strict=True)}
    return EmotionFigures(readings=readings, mean=mean)
