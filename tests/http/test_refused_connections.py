"""What is no request, or too much of one, as bytes on a connection: answered by the contract, and then closed."""

from __future__ import annotations

import msgspec
import pytest

from adapters.http.problem_document import Problem
from tests.http.documented_answers import Answer
from tests.http.live_server import LiveServer
from tests.http.raw_requests import HANDSHAKE, answer_to, answers_in, connected, read_to_the_end

CHANGING = {b"date", b"server-timing", b"traceparent", b"ratelimit-remaining", b"ratelimit-reset", b"content-length"}
NAMED = b" HTTP/1.1\r\nHost: localhost\r\n"
NO_REQUESTS = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00",
    "another version": b"GET / HTTP/9.9\r\n\r\n",
    "a space in the path": b"GET /hea lth" + NAMED + b"\r\n",
    "an unknown method": b"BREW /" + NAMED + b"\r\n",
    "a tunnel": b"CONNECT localhost:80" + NAMED + b"\r\n",
    "no host": b"GET /health/live/ HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /health/live/" + NAMED + b"Host: elsewhere\r\n\r\n",
    "a chunk without a size": b"POST /api/people/" + NAMED + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "two lengths": b"POST /api/people/" + NAMED + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a handshake of another version": b"GET /api/live/staff/" + NAMED + HANDSHAKE.replace(b"13", b"8") + b"\r\n",
    "a handshake without a key": b"GET /api/live/mine/" + NAMED + HANDSHAKE.replace(b"Key", b"Lock") + b"\r\n",
    "a handshake with a long line": b"GET /api/live/mine/" + NAMED + HANDSHAKE + b"a: " + b"b" * 9_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", NO_REQUESTS)
def test_what_is_no_request_is_answered_as_any_other_and_closed(busy_server: LiveServer, name: str) -> None:
    answer = answer_to(busy_server.port, NO_REQUESTS[name])
    assert (answer.status, problem_of(answer)) == (400, "request-malformed")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nope", 404), ("GET", "/health/live/", 200), ("POST", "/api/live/mine/", 405)],
)
def test_an_upgrade_of_anything_but_a_feed_is_not_heard(
    busy_server: LiveServer, method: str, path: str, status: int
) -> None:
    assert answer_to(busy_server.port, f"{method} {path}".encode() + NAMED + HANDSHAKE + b"\r\n").status == status


HEAD_OF = b"GET /health/live/" + NAMED
POST = b"POST /api/people/" + NAMED + b"Content-Type: application/json\r\nAuthorization: Bearer TOKEN\r\n"
TOO_LARGE = {
    "a header": HEAD_OF + b"a: " + b"b" * 40_000 + b"\r\n\r\n",
    "a header without end": HEAD_OF + b"a: " + b"b" * 700_000,
    "headers without end": HEAD_OF + b"a: b\r\n" * 100_000,
    "too many headers": HEAD_OF + b"a: b\r\n" * 100 + b"\r\n",
    "the target": b"GET /" + b"a" * 9_000 + NAMED + b"\r\n",
    "trailers": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 100_000,
    "words beside a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 700_000,
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_head_without_measure_is_answered_before_it_ends(busy_server: LiveServer, name: str) -> None:
    """Sent on a connection that goes on sending: the answer must not be lost to a reset."""
    token = busy_server.callers["admin"].token.encode()
    answer = answer_to(busy_server.port, TOO_LARGE[name].replace(b"TOKEN", token))
    assert (answer.status, problem_of(answer)) == (431, "head-too-large")
    assert answer.headers["connection"] == "close"


def test_a_head_of_a_browser_with_many_cookies_is_served(busy_server: LiveServer) -> None:
    many = b"".join(b"x-%d: %s\r\n" % (number, b"c" * 300) for number in range(96))
    assert answer_to(busy_server.port, HEAD_OF + many + b"Connection: close\r\n\r\n").status == 200


@pytest.mark.parametrize("second", [b"no HTTP\r\n\r\n", b"GET / HTTP/1.1\r\na: " + b"b" * 700_000])
def test_what_was_asked_before_it_is_answered_first(busy_server: LiveServer, second: bytes) -> None:
    with connected(busy_server.port) as connection:
        connection.sendall(b"GET /problems/" + NAMED + b"\r\n" + second)
        statuses = [answer.status for answer in answers_in(read_to_the_end(connection))]
    assert statuses == [200, 431 if len(second) > 100 else 400]


def test_a_trailer_is_no_header(busy_server: LiveServer) -> None:
    token = busy_server.callers["admin"].token.encode()
    head = b"POST /api/people/" + NAMED + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connected(busy_server.port) as connection:
        connection.sendall(head + b"0\r\nAuthorization: Bearer " + token + b"\r\n\r\n")
        assert read_to_the_end(connection).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("path", ["/health/live/", "/problems/", "/sign-in/", "/nope", "/api/live/staff/events/"])
def test_head_is_answered_as_get_without_its_body(busy_server: LiveServer, path: str) -> None:
    answers = {}
    for method in ("GET", "HEAD"):
        with connected(busy_server.port) as connection:
            connection.sendall(f"{method} {path}".encode() + NAMED + b"Connection: close\r\n\r\n")
            head, _, body = read_to_the_end(connection).partition(b"\r\n\r\n")
        assert bool(body) == (method == "GET")
        lines = [line.partition(b":") for line in head.split(b"\r\n")]
        answers[method] = {name: value for name, _, value in lines if name not in CHANGING}
    assert answers["HEAD"] == answers["GET"]


def test_head_ends_a_stream_that_has_no_end(busy_server: LiveServer) -> None:
    with busy_server.client("staff") as client:
        answer = client.head("/api/live/staff/events/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


def test_head_is_allowed_wherever_get_is(busy_server: LiveServer) -> None:
    with busy_server.client("admin") as admin:
        assert admin.options("/api/people/").headers["allow"] == "GET, HEAD, OPTIONS, POST"
        assert admin.put("/api/people/").headers["allow"] == "GET, HEAD, OPTIONS, POST"
        assert admin.head("/api/checkin/pin/").headers["allow"] == "OPTIONS, POST"


def problem_of(answer: Answer) -> str:
    return msgspec.json.decode(answer.body, type=Problem).code
