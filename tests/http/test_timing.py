"""Every answer says how long it took and whose trace it belongs to, and leaves one log line without personal data."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator, MutableMapping
from typing import Any
from uuid import uuid4

import pytest
import structlog
from structlog.testing import capture_logs

from tests.http.live_server import LiveServer

WITHIN_S = 30.0
Lines = list[MutableMapping[str, Any]]  # what structlog was given


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as captured:
        yield captured


@pytest.fixture
def trace() -> str:
    return uuid4().hex


def within(trace: str) -> dict[str, str]:
    return {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}


def answered(lines: Lines, trace: str, count: int = 1) -> Lines:
    """The lines of that many answers: each is written once its answer is on its way."""
    deadline = time.monotonic() + WITHIN_S
    while len(found := [line for line in lines if line["event"] == "answered" and line["trace_id"] == trace]) < count:
        assert time.monotonic() < deadline, "nothing is said of it"
        time.sleep(0.005)
    return found


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
    busy_server: LiveServer, method: str, path: str, status: int, trace: str
) -> None:
    with busy_server.client(headers=within(trace)) as client:
        answer = client.request(method, path)
    assert answer.status_code == status
    assert re.fullmatch(r"total;dur=\d+\.\d\d", answer.headers["server-timing"])
    assert re.fullmatch(rf"00-{trace}-[0-9a-f]{{16}}-01", answer.headers["traceparent"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_one_line_says_what_was_answered(busy_server: LiveServer, lines: Lines, trace: str) -> None:
    with busy_server.client("station", headers=within(trace)) as client:
        answer = client.post("/api/checkin/identify/", json={"image": "/9j/", "user_id": "ada@example.org"})
    (line,) = answered(lines, trace)
    assert line["trace_id"] in answer.headers["traceparent"]
    assert line["route"] == "/api/checkin/identify"
    assert (line["method"], line["status"], line["role"]) == ("POST", 404, "station")
    assert line["problem"] == "candidate-unknown"
    assert line["duration_ms"] > 0


def test_no_line_names_a_person_or_holds_a_token(busy_server: LiveServer, lines: Lines, trace: str) -> None:
    person = "5d7f6a1e-3c39-4f0b-9d3e-1b1f5a0c9a11"
    with busy_server.client("admin", headers=within(trace)) as client:
        client.post("/api/people/", json={"user_id": "grace@example.org", "name": "Grace", "consents": []})
        client.delete(f"/api/people/{person}/")
        client.get("/api/checkin/?limit=grace")
    answered(lines, trace, 3)
    written = repr(lines)
    for secret in ("grace", "Grace", person, busy_server.callers["admin"].token):
        assert secret not in written


def test_a_path_that_is_not_there_is_logged_without_it(busy_server: LiveServer, lines: Lines, trace: str) -> None:
    with busy_server.client(headers=within(trace)) as client:
        client.get("/people/named/ada")
    (line,) = answered(lines, trace)
    assert line["route"] == "unmatched"
    assert "ada" not in repr(line)


def test_a_caller_who_leaves_in_mid_body_is_logged_as_gone(busy_server: LiveServer, lines: Lines, trace: str) -> None:
    token = busy_server.callers["station"].token
    head = (
        "POST /api/checkin/identify/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\ntraceparent: {within(trace)['traceparent']}\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", busy_server.port)) as caller:
        caller.sendall(head.encode() + b'{"image": "')
    assert [line["status"] for line in answered(lines, trace)] == [499]
    assert not [line for line in lines if line["event"] == "failed"]
