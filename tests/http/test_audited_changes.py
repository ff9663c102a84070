"""An audit entry is committed with the change that it tells of: neither is there without the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.database import connect
from adapters.event_store import store
from domain.audit import ActionRecorded
from tests.http.live_server import LiveServer


class Recorded(msgspec.Struct, frozen=True):
    """`transaction`: of PostgreSQL, in which the event was committed."""

    stream: UUID
    topic: str
    state: bytes
    transaction: str


def recorded_after(dsn: str, position: int) -> list[Recorded]:
    with connect(dsn, name="test") as connection:
        return [
            Recorded(*row)
            for row in connection.execute(
                "SELECT originator_id, topic, state, xmin::text FROM event WHERE notification_id > %s"
                " AND topic NOT LIKE 'station.%%' ORDER BY notification_id",
                (position,),
            ).fetchall()
        ]


def head(dsn: str) -> int:
    with connect(dsn, name="test") as connection:
        found: int = connection.execute("SELECT coalesce(max(notification_id), 0) FROM event").fetchall()[0][0]
    return found


def register(client: httpx.Client) -> httpx.Response:
    return client.post("/api/people/", json={"user_id": f"audited-{uuid4()}", "name": "Ada", "consents": ["face"]})


def entry_of(one: Recorded) -> ActionRecorded:
    return msgspec.json.decode(one.state, type=ActionRecorded)


def test_what_is_made_and_who_made_it_are_committed_in_one_transaction(busy_server: LiveServer, http_dsn: str) -> None:
    before = head(http_dsn)
    with busy_server.client("staff") as staff:
        person = UUID(register(staff).json()["id"])
    audited, *changes = recorded_after(http_dsn, before)
    assert {one.stream for one in changes} == {person}
    assert {one.transaction for one in changes} == {audited.transaction}
    entry = entry_of(audited)
    assert (entry.action, entry.object) == ("registerPerson", person)
    assert entry.by == busy_server.callers["staff"].caller.subject


def test_an_import_has_one_entry_of_nobody_in_particular(busy_server: LiveServer, http_dsn: str) -> None:
    rows = "".join(f"imported-{uuid4()},Ada,face\n" for _ in range(3))
    before = head(http_dsn)
    with busy_server.client("admin") as admin:
        answer = admin.post("/api/imports/people/", json={"text": f"user_id,name,consents\n{rows}"})
        assert (answer.status_code, answer.json()["added"]) == (200, 3)
    audited, *changes = recorded_after(http_dsn, before)
    assert [(one.action, one.object) for one in [entry_of(audited)]] == [("importPeople", None)]
    assert len({one.stream for one in changes}) == 3
    assert changes[0].transaction == audited.transaction != changes[-1].transaction


def test_what_is_in_no_event_has_its_entry_all_the_same_and_a_refusal_has_none(
    busy_server: LiveServer, http_dsn: str
) -> None:
    with busy_server.client("staff") as staff:
        person = UUID(register(staff).json()["id"])
        before = head(http_dsn)
        assert staff.post(f"/api/people/{person}/pin/").is_success
        assert staff.post(f"/api/people/{uuid4()}/pin/").status_code == 404
        assert staff.put(f"/api/people/{uuid4()}/consents/emotion/").status_code == 404
    assert [(entry_of(one).action, entry_of(one).object) for one in recorded_after(http_dsn, before)] == [
        ("issuePin", person)
    ]


@contextmanager
def no_room_for_entries(dsn: str) -> Iterator[None]:
    """The database fails at an audit entry, as a disk that is full or a process that ends just then would."""
    with connect(dsn, name="test") as connection:
        connection.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END$$"
        )
        connection.execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON event FOR EACH ROW"
            " WHEN (NEW.topic = 'audit.recorded.v1') EXECUTE FUNCTION no_room()"
        )
        try:
            yield
        finally:
            connection.execute("DROP FUNCTION no_room CASCADE")


def test_a_change_whose_entry_cannot_be_recorded_is_not_made(busy_server: LiveServer, http_dsn: str) -> None:
    before = head(http_dsn)
    with busy_server.client("staff") as staff:
        with no_room_for_entries(http_dsn):
            assert register(staff).status_code == 503
        assert recorded_after(http_dsn, before) == []
        assert register(staff).status_code == 201


def test_a_store_that_knew_of_no_companion_would_leave_a_change_without_its_entry(
    busy_server: LiveServer, http_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault that committing both together is there for: what the test above would see."""
    before = head(http_dsn)
    monkeypatch.setattr(store, "COMPANION", ContextVar("nobody's", default=None))
    with busy_server.client("staff") as staff, no_room_for_entries(http_dsn):
        assert register(staff).status_code == 503
    topics = [one.topic for one in recorded_after(http_dsn, before)]
    assert "person.registered.v1" in topics
    assert "audit.recorded.v1" not in topics
