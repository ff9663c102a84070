"""Every answer says how long it took and whose trace it belongs to, and leaves one log line without personal data."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from tests.http.live_server import LiveServer

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
Lines = list[MutableMapping[str, Any]]  # what structlog was given


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as captured:
        yield captured


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live/", 200),
        ("GET", "/nowhere/", 404),
        ("PUT", "/health/live/", 405),
        ("POST", "/api/checkin/identify/", 401),
        ("OPTIONS", "/api/checkin/identify/", 204),
    ],
)
def test_every_answer_is_timed_traced_and_shielded(
    busy_server: LiveServer, method: str, path: str, status: int
) -> None:
    with busy_server.client(headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}) as client:
        answer = client.request(method, path)
    assert answer.status_code == status
    assert re.fullmatch(r"total;dur=\d+\.\d\d", answer.headers["server-timing"])
    assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", answer.headers["traceparent"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_one_line_says_what_was_answered(busy_server: LiveServer, lines: Lines) -> None:
    with busy_server.client("station") as client:
        answer = client.post("/api/checkin/identify/", json={"image": "/9j/", "user_id": "ada@example.org"})
    (line,) = [line for line in lines if line["event"] == "answered"]
    assert line["trace_id"] in answer.headers["traceparent"]
    assert line["route"] == "/api/checkin/identify"
    assert (line["method"], line["status"], line["role"]) == ("POST", 404, "station")
    assert line["problem"] == "candidate-unknown"
    assert line["duration_ms"] > 0


def test_no_line_names_a_person_or_holds_a_token(busy_server: LiveServer, lines: Lines) -> None:
    person = "5d7f6a1e-3c39-4f0b-9d3e-1b1f5a0c9a11"
    with busy_server.client("admin") as client:
        client.post("/api/people/", json={"user_id": "grace@example.org", "name": "Grace", "consents": []})
        client.delete(f"/api/people/{person}/")
        client.get("/api/checkin/?limit=grace")
    written = repr(lines)
    assert len(lines) >= 3
    for secret in ("grace", "Grace", person, busy_server.callers["admin"].token):
        assert secret not in written


def test_a_path_that_is_not_there_is_logged_without_it(busy_server: LiveServer, lines: Lines) -> None:
    with busy_server.client() as client:
        client.get("/people/named/ada")
    (line,) = [line for line in lines if line["event"] == "answered"]
    assert line["route"] == "unmatched"
    assert "ada" not in repr(line)


def test_a_caller_who_leaves_in_mid_body_is_logged_as_gone(busy_server: LiveServer, lines: Lines) -> None:
    token = busy_server.callers["station"].token
    head = (
        "POST /api/checkin/identify/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", busy_server.port)) as caller:
        caller.sendall(head.encode() + b'{"image": "')
    with busy_server.client() as client:
        for _ in range(200):
            client.get("/health/live/")
            gone = [line for line in lines if line.get("status") == 499]
            if gone:
                break
    assert len(gone) == 1
    assert not [line for line in lines if line["event"] == "failed"]
