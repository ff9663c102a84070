"""Whoever sends slowly, or opens connection after connection, does not hold a place for ever."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from litestar import Litestar, post
from litestar.params import JSONBody

from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.problem_document import Problem
from adapters.http.timing import Timing
from tests.http.small_server import serving

HEAD = b"POST /taken HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@post("/taken", status_code=200)
async def _taken(data: JSONBody[dict[str, int]]) -> int:
    return len(data)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = Litestar([_taken], exception_handlers=EXCEPTION_HANDLERS, logging_config=None, openapi_config=None)
    app.asgi_handler = Timing(app.asgi_handler, body_within_s=0.15)
    with serving(app) as port:
        yield port


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        yield connection


def read_to_the_end(connection: socket.socket) -> bytes:
    received = b""
    while piece := _received(connection):
        received += piece
    return received


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


def problem_in(answer: bytes) -> Problem:
    return msgspec.json.decode(answer.partition(b"\r\n\r\n")[2], type=Problem)


def trickle(connection: socket.socket, content: bytes, every_s: float = 0.02) -> float:
    """Byte by byte until the server has enough of it; how long that took."""
    begun = time.monotonic()
    for byte in content:
        try:
            connection.sendall(bytes([byte]))
        except (BrokenPipeError, ConnectionResetError):
            break
        time.sleep(every_s)
    return time.monotonic() - begun


def test_a_quick_client_is_served_again_and_again(port: int) -> None:
    with connected(port) as connection:
        for _ in range(3):
            connection.sendall(HEAD + b'Content-Length: 8\r\n\r\n{"a": 1}')
            answer = connection.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200")
            time.sleep(0.2)  # longer than a head may take: between requests there is no hurry


@pytest.mark.parametrize("begun", [b"", b"POST /taken HT", b"\r\n", b'{"a": 1}'])
def test_a_head_that_does_not_come_ends_the_connection(port: int, begun: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(begun)
        read_to_the_end(connection)  # or the test would time out


def test_a_head_that_trickles_ends_the_connection_in_the_same_time(port: int) -> None:
    with connected(port) as connection:
        assert trickle(connection, HEAD * 3) < 3


def test_a_second_head_that_trickles_ends_the_connection_too(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(HEAD + b'Content-Length: 8\r\n\r\n{"a": 1}')
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        assert trickle(connection, b"\r\n" * 100) < 3


@pytest.mark.parametrize("framing", [b"Content-Length: 8\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n8\r\n"])
def test_a_body_that_does_not_come_is_answered_with_a_problem(port: int, framing: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(HEAD + framing + b'{"a"')
        answer = read_to_the_end(connection)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()
    assert b"retry-after: 1" in answer.lower()
    problem = problem_in(answer)
    assert (problem.code, problem.retry, problem.limit) == ("body-too-slow", "same_request", 0.15)


def test_one_connection_too_many_is_told_to_come_back(port: int) -> None:
    with connected(port) as first, connected(port) as second, connected(port) as third:
        for connection in (first, second, third):
            connection.sendall(HEAD + b"Content-Length: 8\r\n\r\n{")
        with connected(port) as fourth:
            answer = read_to_the_end(fourth)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1" in answer
    assert problem_in(answer).code == "overloaded"
