"""The tail: what is recorded arrives in order and once, whatever happens to the connection."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

from adapters.analytics.public_form import Shown
from adapters.analytics.tail import Tail
from adapters.database import connect
from adapters.event_store.recorder import PostgresRecorder
from adapters.event_store.topics import TopicUnknown
from tests.analytics.conftest import Drawn

WITHIN_S = 30.0


def record(dsn: str, count: int = 1, topic: str = "checkin.expired.v1") -> list[int]:
    events = [StoredEvent(uuid4(), 1, topic, b'{"at":"2026-11-22T08:30:00Z"}') for _ in range(count)]
    with PostgresRecorder(dsn) as recorder:
        return list(recorder.insert_events(events))


@contextmanager
def followed(tail: Tail) -> Iterator[queue.Queue[Shown]]:
    """What the tail gives out, in a thread of its own that ends with the test's process."""
    given: queue.Queue[Shown] = queue.Queue()

    def follow() -> None:
        for shown in tail:
            given.put(shown)

    threading.Thread(target=follow, daemon=True).start()
    yield given


def take(given: queue.Queue[Shown], count: int) -> list[int]:
    return [given.get(timeout=WITHIN_S).position for _ in range(count)]


def test_history_is_given_from_the_position_asked_for_and_then_what_follows(drawn: Drawn) -> None:
    last = drawn.history.last_position
    with followed(Tail(drawn.dsn, since=last - 3)) as given:
        assert take(given, 3) == [last - 2, last - 1, last]
        recorded = record(drawn.dsn, 2)
        assert take(given, 2) == recorded


def test_without_a_position_only_what_is_recorded_from_now_on_is_given(database: str) -> None:
    record(database, 5)
    tail = Tail(database)
    with followed(tail) as given:
        _until_listening(database)
        recorded = record(database, 2)
        assert take(given, 2) == recorded


def test_events_arrive_once_and_in_order_although_the_connection_is_killed(database: str) -> None:
    tail = Tail(database, since=0)
    expected: list[int] = []
    got: list[int] = []
    with followed(tail) as given:
        for _ in range(5):
            expected += record(database, 40)
            got += take(given, 20)
            assert _kill_tail(database), "there was no connection to kill, so nothing was tested"
            expected += record(database, 10)
            got += take(given, 30)
    assert got == expected
    assert given.empty()
    assert tail.reconnects >= 5


def test_a_wake_up_is_enough_no_poll_is_waited_for(database: str) -> None:
    with followed(Tail(database, since=0, poll_s=60.0)) as given:
        _until_listening(database)
        recorded = record(database)
        assert take(given, 1) == recorded


def test_nothing_sealed_and_no_emotion_is_given(drawn: Drawn) -> None:
    with followed(Tail(drawn.dsn, since=0)) as given:
        shown = [given.get(timeout=WITHIN_S) for _ in range(drawn.history.events)]
    written = b"\n".join(map(msgspec.json.encode, shown)).decode()
    assert '"k":' not in written
    assert not [person for person in drawn.history.people if str(person) in written]
    emotions = [one for one in shown if ".emotion_" in one.topic]
    assert emotions
    assert {(one.stream, one.fields) for one in emotions} == {(None, None)}


def test_an_event_of_a_later_program_ends_the_tail_instead_of_being_skipped(database: str) -> None:
    record(database, 1)
    record(database, 1, topic="checkin.teleported.v9")
    tail = iter(Tail(database, since=0))
    assert next(tail).topic == "checkin.expired.v1"
    with pytest.raises(TopicUnknown, match="teleported"):
        next(tail)


_TAILS = "FROM pg_stat_activity WHERE application_name = 'tail' AND datname = current_database()"


def _kill_tail(dsn: str) -> int:
    with connect(dsn, name="test") as connection:
        return len(connection.execute(f"SELECT pg_terminate_backend(pid) {_TAILS}".encode()).fetchall())


def _until_listening(dsn: str) -> None:
    pause = threading.Event()
    with connect(dsn, name="test") as connection:
        for _ in range(200):
            rows = connection.execute(f"SELECT state, query {_TAILS}".encode()).fetchall()
            if rows and rows[0][0] == "idle" and "max(notification_id)" in rows[0][1]:
                return
            pause.wait(0.02)
    raise AssertionError("the tail does not listen")
