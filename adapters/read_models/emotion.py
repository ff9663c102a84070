"""Emotions without people: how many readings, and of what sum, in each bucket of a session or of a station's day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.event_store.read_model import Projected
from adapters.event_store.topics import TOPICS, Event
from adapters.read_models.columns import as_array, columns
from adapters.read_models.session_changes import PLANNED, SessionChange
from domain.check_in import EmotionRecognised
from domain.emotion import EMOTIONS

_MILLIONTHS = 1_000_000
# When a reading was recorded, and the start of its check-in, which says where. Of the check-in nothing else is taken.
_ORIGIN = """
SELECT e.notification_id, e.recorded_at, s.topic, s.state
FROM event e JOIN event s ON s.originator_id = e.originator_id AND s.originator_version = 1
WHERE e.notification_id = ANY(%s)
"""
_ADD = """
INSERT INTO emotion AS kept
    (session_id, station_id, ends_at, begins_at, readings, angry, disgust, fear, happy, sad, surprise, neutral)
SELECT s.id, CASE WHEN s.id IS NULL THEN r.station END,
       coalesce(s.ends_at, date_trunc('day', r.at, 'UTC') + interval '24 hours'),
       CASE WHEN s.id IS NULL THEN date_trunc('hour', r.at, 'UTC') ELSE date_bin('15 minutes', r.at, 'epoch') END,
       count(*), sum(angry), sum(disgust), sum(fear), sum(happy), sum(sad), sum(surprise), sum(neutral)
FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::bigint[])
    AS r (station, at, angry, disgust, fear, happy, sad, surprise, neutral)
LEFT JOIN LATERAL (
    SELECT id, ends_at FROM emotion_session
    WHERE held AND r.at >= opens_at AND r.at < ends_at AND r.station = ANY (stations)
    ORDER BY opens_at DESC, id LIMIT 1
) AS s ON true
GROUP BY 1, 2, 3, 4
ON CONFLICT (coalesce(session_id, station_id), ends_at, begins_at) DO UPDATE SET
    readings = kept.readings + excluded.readings, angry = kept.angry + excluded.angry,
    disgust = kept.disgust + excluded.disgust, fear = kept.fear + excluded.fear, happy = kept.happy + excluded.happy,
    sad = kept.sad + excluded.sad, surprise = kept.surprise + excluded.surprise,
    neutral = kept.neutral + excluded.neutral
"""
_PLAN = """
INSERT INTO emotion_session (id, stations, opens_at, ends_at)
SELECT id, stations::uuid[], opens_at, ends_at
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[]) AS new (id, stations, opens_at, ends_at)
ON CONFLICT (id) DO UPDATE
SET stations = excluded.stations, opens_at = excluded.opens_at, ends_at = excluded.ends_at, held = true
"""
_CHANGE = """
UPDATE emotion_session AS kept
SET held = coalesce(new.held, kept.held), opens_at = least(kept.opens_at, new.opened_at)
FROM unnest(%s::uuid[], %s::bool[], %s::timestamptz[]) AS new (id, held, opened_at) WHERE kept.id = new.id
"""


class EmotionProjection:
    """Implements adapters.event_store.read_model.ReadModel. It sees neither a person nor a check-in's identity.

    A reading is placed by the plan as it was when the reading was recorded, and by the moment it was recorded: so
    nothing is added to a group after its end, and no two states of a published group can be compared.
    """

    name = "emotion"
    takes: tuple[type[Event], ...] = (EmotionRecognised, *PLANNED)
    tables: tuple[str, ...] = ("emotion", "emotion_session")
    personal = False

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        readings: dict[int, EmotionRecognised] = {}
        plans: dict[UUID, SessionChange] = {}
        for projected in page:
            event = projected.event
            if isinstance(event, EmotionRecognised):
                _change_plans(cursor, plans)
                readings[projected.position] = event
            elif isinstance(event, PLANNED):
                _add(cursor, readings)
                plans.setdefault(projected.stream, SessionChange()).take(event)
            else:
                raise TypeError(f"not projected: {type(event).__name__}")
        _change_plans(cursor, plans)
        _add(cursor, readings)


def _add(cursor: Cursor[TupleRow], readings: dict[int, EmotionRecognised]) -> None:
    if not readings:
        return
    origins = cursor.execute(_ORIGIN, (list(readings),), prepare=True).fetchall()
    rows = [
        (_station(topic, bytes(state)), recorded_at, *_summands(readings[position]))
        for position, recorded_at, topic, state in sorted(origins)
    ]
    cursor.execute(_ADD, columns(rows), prepare=True)
    readings.clear()


def _change_plans(cursor: Cursor[TupleRow], plans: dict[UUID, SessionChange]) -> None:
    planned: list[tuple[object, ...]] = []
    changed: list[tuple[object, ...]] = []
    for id, change in plans.items():
        if change.plan is not None:
            times = change.plan.times
            planned.append((id, as_array(change.plan.stations), times.opens_at, times.ends_at))
        held = None if change.state is None else change.state != "cancelled"
        changed.append((id, held, change.opened_at))
    statements: list[tuple[LiteralString, list[tuple[object, ...]]]] = [(_PLAN, planned), (_CHANGE, changed)]
    for statement, rows in statements:
        if rows:
            cursor.execute(statement, columns(rows), prepare=True)
    plans.clear()


def _summands(event: EmotionRecognised) -> list[int]:
    return [round(event.reading.probabilities[emotion] * _MILLIONTHS) for emotion in EMOTIONS]


def _station(topic: str, state: bytes) -> UUID:
    fields: dict[str, Any] = msgspec.json.decode(state)  # as stored, of whichever version
    if topic not in TOPICS.current:
        _, fields = TOPICS.upcast(topic, fields)
    return UUID(fields["station_id"])
