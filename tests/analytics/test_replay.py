"""Replays: what was believed at a moment, told apart from what is known now."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.analytics.as_of import read_anonymous
from adapters.analytics.replay_attendance import replay_attendance
from adapters.analytics.replay_emotion import replay_emotion
from adapters.database import Database, connect
from adapters.event_store.key_ring import KeyRing
from adapters.read_models.emotion import EmotionProjection
from adapters.read_models.emotion_groups import PostgresEmotions
from benchmarks.history import BEGIN
from benchmarks.history_sessions import LESSON
from tests.analytics.conftest import Drawn

pytestmark = pytest.mark.anyio
FIRST_LESSON = BEGIN + timedelta(hours=8.5)
DURING = FIRST_LESSON - timedelta(minutes=4)
AFTER = FIRST_LESSON + timedelta(hours=2)


def test_attendance_before_during_and_after_a_lesson(drawn: Drawn) -> None:
    with KeyRing(drawn.dsn, drawn.key_file) as keys:
        before = replay_attendance(drawn.dsn, keys, FIRST_LESSON - timedelta(hours=1))
        during = replay_attendance(drawn.dsn, keys, DURING)
        after = replay_attendance(drawn.dsn, keys, AFTER)
    assert before.sessions == ()
    lessons = during.sessions[:3]
    assert {session.state for session in lessons} == {"scheduled"}
    assert sum(session.counts["absent"] for session in lessons) == 0, "nobody is absent before the station reported"
    assert 0 < sum(session.counts["present"] for session in lessons) < 60
    closed = after.sessions[:3]
    assert {session.state for session in closed} == {"closed"}
    assert sum(session.counts["expected"] for session in closed) == 0
    assert all(sum(session.counts.values()) == 20 for session in closed)


def test_attendance_is_what_the_session_recorded_when_it_was_closed(drawn: Drawn) -> None:
    with KeyRing(drawn.dsn, drawn.key_file) as keys:
        then = replay_attendance(drawn.dsn, keys, AFTER)
    with connect(drawn.dsn, name="test") as connection:
        rows = connection.execute(
            "SELECT o ->> 'status', count(*) FROM event,"
            " jsonb_array_elements(convert_from(state, 'UTF8')::jsonb -> 'outcomes') o"
            " WHERE topic = 'session.closed.v1' AND recorded_at <= %s GROUP BY 1",
            (AFTER,),
        ).fetchall()
    counted = {status: sum(one.counts[status] for one in then.sessions if one.state == "closed") for status, _ in rows}
    assert len(rows) >= 2
    assert counted == dict(rows)


def test_whoever_was_erased_since_has_no_name_and_is_counted_as_erased(drawn: Drawn) -> None:
    person = drawn.history.people[0]
    with KeyRing(drawn.dsn, drawn.key_file) as keys:
        before = replay_attendance(drawn.dsn, keys, AFTER)
        keys.erase_blocking(person)
        after = replay_attendance(drawn.dsn, keys, AFTER)
    assert before.names[person] == "Person Number0"
    assert person not in after.names
    mine = [one for one in before.sessions if person in {taken.person for taken in one.attendance}]
    assert mine
    for one in mine:
        [now] = [session for session in after.sessions if session.id == one.id]
        assert (one.erased, now.erased) == (0, 1)
        assert person not in {taken.person for taken in now.attendance}


def test_emotion_of_a_lesson_is_told_once_it_is_over_and_never_changes_then(drawn: Drawn) -> None:
    assert replay_emotion(drawn.dsn, FIRST_LESSON + LESSON) == []
    told = replay_emotion(drawn.dsn, FIRST_LESSON + LESSON + timedelta(minutes=2))
    assert {group.ends_at for group in told} == {FIRST_LESSON + LESSON}
    figures = [group.figures for group in told if group.figures is not None]
    assert figures
    assert all(one.readings >= 10 and abs(sum(one.mean.values()) - 1) < 0.01 for one in figures)
    later = replay_emotion(drawn.dsn, drawn.history.ends_at + timedelta(days=1))
    assert len(later) > len(told)
    assert [group for group in later if group.ends_at == FIRST_LESSON + LESSON] == list(told)


async def test_emotion_as_of_now_is_what_the_live_read_model_tells(drawn: Drawn) -> None:
    now = datetime.now(UTC)
    with connect(drawn.dsn, name="test") as connection, connection.cursor() as cursor:
        projection = EmotionProjection()
        for page in read_anonymous(drawn.dsn, now, projection.takes):
            projection.apply(cursor, page)
        cursor.execute("INSERT INTO projection (name, position) VALUES ('emotion', %s)", (drawn.history.last_position,))
    async with Database(drawn.dsn) as database:
        live = await PostgresEmotions(database).between(BEGIN, now)
    replayed = await asyncio.to_thread(replay_emotion, drawn.dsn, now)
    assert len(replayed) > 3
    assert list(replayed) == list(live)


def test_a_replay_leaves_the_live_read_model_as_it_is(drawn: Drawn) -> None:
    replay_emotion(drawn.dsn, AFTER)
    with connect(drawn.dsn, name="test") as connection:
        assert connection.execute("SELECT count(*) FROM emotion").fetchall() == [(0,)]
        assert connection.execute("SELECT count(*) FROM projection").fetchall() == [(0,)]
