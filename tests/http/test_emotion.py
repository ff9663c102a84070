"""Anonymous emotions over HTTP: told in groups that are over, suppressed below ten, and not at all where it is off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import msgspec
import pytest

from domain.emotion import EMOTIONS
from tests.http.live_server import LiveServer

ENDED = datetime(2021, 3, 1, 10, tzinfo=UTC)
AROUND = {"since": (ENDED - timedelta(hours=1)).isoformat(), "until": (ENDED + timedelta(hours=1)).isoformat()}
SESSION = uuid4()


@pytest.fixture(scope="module")
def group(busy_server: LiveServer) -> None:
    """A session of 33 readings in three quarters of an hour: 3, 18 and 12."""
    statement = (
        "INSERT INTO emotion (session_id, ends_at, begins_at, readings, angry, disgust, fear, happy, sad, surprise,"
        " neutral) VALUES (%s, %s, %s, %s, 0, 0, 0, %s, 0, 0, 0)"
    )
    for quarter, readings in ((3, 3), (2, 18), (1, 12)):
        row = (SESSION, ENDED, ENDED - quarter * timedelta(minutes=15), readings, readings * 1_000_000)
        busy_server.run(busy_server.record.database.fetch(statement, row))


def ask(server: LiveServer, **parameters: str) -> httpx.Response:
    with server.client("analyst") as client:
        return client.get("/api/emotion/", params=parameters)


@pytest.mark.usefixtures("group")
def test_what_could_be_subtracted_is_suppressed_with_the_small_bucket(busy_server: LiveServer) -> None:
    answer = ask(busy_server, **AROUND)
    assert answer.status_code == 200, answer.text
    assert answer.json()["smallest_cohort"] == 10
    (told,) = answer.json()["groups"]
    assert (told["session_id"], told["station_id"], told["figures"]["readings"]) == (str(SESSION), None, 33)
    assert told["figures"]["mean"] == {emotion: float(emotion == "happy") for emotion in EMOTIONS}
    assert [bucket["figures"]["readings"] for bucket in told["buckets"]] == [12]


@pytest.mark.usefixtures("group")
def test_only_groups_that_ended_in_the_time_asked_for_are_told(busy_server: LiveServer) -> None:
    assert ask(busy_server, since=AROUND["since"], until=ENDED.isoformat()).json()["groups"] == []
    assert len(ask(busy_server, since=ENDED.isoformat(), until=AROUND["until"]).json()["groups"]) == 1
    assert ask(busy_server).json()["groups"] == []


@pytest.mark.parametrize(
    ("parameters", "wrong", "expected"),
    [
        ({"since": "yesterday"}, "since", (400, "request-malformed")),
        ({"since": "1614585600"}, "since", (400, "request-malformed")),
        ({"until": "2021-03-01T10:00:00"}, "until", (400, "request-malformed")),
        ({"until": "0001-01-01T00:00:00+14:00"}, "until", (422, "window-impossible")),
        ({"since": AROUND["until"], "until": AROUND["since"]}, "since", (422, "window-impossible")),
        ({"since": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"}, "since", (422, "window-impossible")),
    ],
)
def test_a_time_that_cannot_be_meant_is_named(
    busy_server: LiveServer, parameters: dict[str, str], wrong: str, expected: tuple[int, str]
) -> None:
    answer = ask(busy_server, **parameters)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert [error["parameter"] for error in answer.json()["errors"]] == [wrong]


def test_where_emotions_are_off_nothing_is_told(busy_server: LiveServer) -> None:
    change = busy_server.services.policy.manage
    busy_server.run(change(lambda policy: msgspec.structs.replace(policy, emotion="off"), by=None))
    try:
        answer = ask(busy_server, **AROUND)
    finally:
        busy_server.run(change(lambda policy: msgspec.structs.replace(policy, emotion="consented"), by=None))
    assert (answer.status_code, answer.json()["code"]) == (403, "emotion-off")
    assert ask(busy_server, **AROUND).status_code == 200
