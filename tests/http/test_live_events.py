"""Server-Sent Events tell what the WebSocket tells, and resume by the id of the last event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx

from tests.http.live_server import LiveServer
from tests.http.live_watching import begin, checked, match, person_of, until_told

Json = dict[str, Any]  # a tree of JSON


def events(lines: Iterator[str]) -> Iterator[tuple[str, Json]]:
    """The id and the message of each event; its name is the message's kind."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            told = checked("mineEvents", fields["data"])
            assert fields["event"] == told["kind"]
            yield fields["id"], told
            fields = {}


def watch_for_a_moment(client: httpx.Client, query: str = "", **headers: str) -> list[tuple[str, Json]]:
    answer = client.get(f"/api/live/mine/events/?for_s=0{query}", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    return list(events(iter(answer.text.splitlines())))


def phone_of(server: LiveServer) -> tuple[UUID, httpx.Client]:
    ada, token = person_of(server, "Ada")
    return ada, server.client(headers={"authorization": f"Bearer {token}"})


def test_events_are_told_as_they_happen(busy_server: LiveServer) -> None:
    ada, client = phone_of(busy_server)
    with client, client.stream("GET", "/api/live/mine/events/") as stream:
        told = events(stream.iter_lines())
        assert next(told)[1]["kind"] == "snapshot"
        assert next(told)[1]["kind"] == "heartbeat"
        check_in = begin(busy_server, claimed=ada)
        position = match(busy_server, check_in, ada)
        found = [one for _, one in (next(told), next(told))]
    assert [one["status"] for one in found] == ["processing", "checked_in"]
    assert found[1]["position"] == position


def test_a_browser_goes_on_after_the_last_event_id(busy_server: LiveServer) -> None:
    ada, client = phone_of(busy_server)
    positions = [match(busy_server, begin(busy_server, claimed=ada), ada) for _ in range(2)]
    until_told(busy_server, positions[1])
    with client:
        stale = watch_for_a_moment(client, f"&after={positions[0]}")
        told = watch_for_a_moment(client, "&after=0", **{"last-event-id": str(positions[0])})
        over = watch_for_a_moment(client, **{"last-event-id": told[-1][0]})
        unknown = watch_for_a_moment(client, **{"last-event-id": "of another server"})
    assert [one["kind"] for _, one in told] == ["check_in", "check_in", "heartbeat"]
    assert [id for id, _ in told][1] == str(positions[1])
    assert [one["position"] for _, one in stale][:2] == [one["position"] for _, one in told][:2]
    assert [one["kind"] for _, one in over] == ["heartbeat"]
    assert unknown[0][1]["kind"] == "snapshot"


def test_the_state_is_the_snapshot(busy_server: LiveServer) -> None:
    ada, client = phone_of(busy_server)
    until_told(busy_server, match(busy_server, begin(busy_server, claimed=ada), ada))
    with client:
        told = watch_for_a_moment(client)[0][1]
        state = client.get("/api/live/mine/state/").json()
    assert state["checkins"] == told["checkins"]
    assert state["position"] >= told["position"]
