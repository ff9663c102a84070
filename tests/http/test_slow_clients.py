"""Whoever sends slowly, or opens connection after connection, does not hold a place for ever."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import msgspec
import pytest
from litestar import Litestar, WebSocket, get, post, websocket
from litestar.params import JSONBody

from adapters.http.connections import PatientProtocol
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.places import no_place
from adapters.http.problem_document import Problem
from adapters.http.refused_requests import RefusedRequests
from adapters.http.timing import Timing
from adapters.http.unread_answers import UnreadAnswer
from tests.http.raw_requests import HANDSHAKE, answers_in, connected, read_to_the_end
from tests.http.small_server import HurriedProtocol, serving

LARGE_BYTES = 16 * 2**20
HEAD = b"POST /taken HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@post("/taken", status_code=200)
async def _taken(data: JSONBody[dict[str, int]]) -> int:
    return len(data)


@get("/large", sync_to_thread=False)
def _large() -> bytes:
    return b"x" * LARGE_BYTES


@get("/endless")
async def _endless() -> None:
    await asyncio.Event().wait()


@websocket("/api/live/mine")
async def _feed(socket: WebSocket[Any, Any, Any]) -> None:  # Litestar's connections are typed by nobody
    await socket.accept()
    await asyncio.sleep(3 * HurriedProtocol.head_within_s)
    await socket.send_text("still here")
    await socket.close()


@contextmanager
def running(
    body_within_s: float = 20.0, http: type[PatientProtocol] = HurriedProtocol, drain_s: int | None = None
) -> Iterator[int]:
    app = Litestar(
        [_taken, _large, _endless, _feed],
        exception_handlers=EXCEPTION_HANDLERS,
        logging_config=None,
        openapi_config=None,
    )
    app.asgi_handler = Timing(RefusedRequests(app.asgi_handler), body_within_s=body_within_s)
    with serving(app, http=http, drain_s=drain_s) as port:
        yield port


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running(body_within_s=0.15) as port:
        yield port


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


def test_a_feed_owes_no_further_head(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /api/live/mine HTTP/1.1\r\nHost: localhost\r\n" + HANDSHAKE + b"\r\n")
        received = b""
        while b"still here" not in received:
            more = connection.recv(4096)
            assert more, "the connection was ended"
            received += more


def test_one_connection_too_many_is_told_to_come_back(port: int) -> None:
    with connected(port) as first, connected(port) as second, connected(port) as third:
        for connection in (first, second, third):
            connection.sendall(HEAD + b"Content-Length: 8\r\n\r\n{")
        with connected(port) as fourth:
            fourth.sendall(HEAD)
            (answer,) = answers_in(read_to_the_end(fourth))
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert msgspec.json.decode(answer.body, type=Problem).code == "overloaded"


def test_one_address_does_not_take_every_place() -> None:
    def refused(host: str, others: list[str], proxies: str = "127.0.0.1") -> str | None:
        found = no_place(host, [host, *others], proxies, most=5, most_of_one=2)
        return None if found is None else found.code

    assert refused("192.0.2.1", ["192.0.2.1", "192.0.2.2"]) is None
    assert refused("192.0.2.1", ["192.0.2.1"] * 2) == "rate-limited"
    assert refused("192.0.2.1", ["192.0.2.2"] * 3) is None
    assert refused("192.0.2.1", ["192.0.2.2"] * 5) == "overloaded"
    for near in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert refused(near, [near] * 3) is None, "a proxy on this machine speaks for everybody"
    assert refused("192.0.2.1", ["192.0.2.1"] * 3, proxies="10.0.0.1, 192.0.2.0/24") is None


def test_an_answer_that_nobody_reads_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    lost = threading.Event()

    class Watched(HurriedProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.set()

    with running(http=Watched) as port, connected(port, receives_bytes=4096) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        assert lost.wait(20), "the server goes on writing to whoever does not read"
    assert caplog.records == [], "that is no failure of the server's"


class Wire(asyncio.Transport):
    """A transport of which a test says how much is unsent, and when the time is over."""

    def __init__(self) -> None:
        super().__init__()
        self.unsent_bytes = 0
        self.aborted = False
        self.due: list[Callable[[], None]] = []

    def get_write_buffer_size(self) -> int:
        return self.unsent_bytes

    def abort(self) -> None:
        self.aborted = True

    def call_later(self, _: float, look: Callable[[], None]) -> None:
        self.due.append(look)

    def later(self, unsent_bytes: int) -> None:
        self.unsent_bytes = unsent_bytes
        self.due.pop()()


def test_whoever_reads_slowly_is_served_to_the_end() -> None:
    wire = Wire()
    wire.unsent_bytes = 1_000_000
    watched = UnreadAnswer(wire, cast(asyncio.AbstractEventLoop, wire), within_s=1.0)
    watched.watch()
    for unsent_bytes in range(990_000, 0, -10_000):
        wire.later(unsent_bytes)
    wire.later(0)
    assert (wire.aborted, wire.due) == (False, [])


@pytest.mark.parametrize("unsent_bytes", [1_000_000, 995_000])
def test_whoever_reads_next_to_nothing_is_not(unsent_bytes: int) -> None:
    wire = Wire()
    wire.unsent_bytes = 1_000_000
    UnreadAnswer(wire, cast(asyncio.AbstractEventLoop, wire), within_s=1.0).watch()
    wire.later(unsent_bytes)
    assert wire.aborted


@pytest.mark.parametrize("framing", [b"Content-Length: 8\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n8\r\n"])
def test_a_server_that_stops_answers_whoever_is_still_sending(framing: bytes) -> None:
    with ExitStack() as connections:
        with running() as port:
            sending = connections.enter_context(connected(port))
            sending.sendall(HEAD + framing + b'{"a"')
            served = connections.enter_context(connected(port))
            served.sendall(HEAD + b'Content-Length: 8\r\n\r\n{"a": 1}')
            assert served.recv(1, socket.MSG_PEEK), "by now the other's head was read"
        (answer,) = answers_in(read_to_the_end(sending))
    assert (answer.status, answer.headers["connection"]) == (503, "close")
    assert int(answer.headers["retry-after"]) >= 1
    assert msgspec.json.decode(answer.body, type=Problem).code == "not-ready"


def test_work_that_outlasts_the_stop_is_answered_too() -> None:
    with ExitStack() as connections:
        with running(drain_s=1) as port:
            waiting = connections.enter_context(connected(port))
            waiting.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with connected(port) as served:
                served.sendall(HEAD + b'Content-Length: 8\r\n\r\n{"a": 1}')
                assert served.recv(1), "by now the other was begun"
        (answer,) = answers_in(read_to_the_end(waiting))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


def test_a_client_that_does_not_read_does_not_hold_the_stop() -> None:
    with ExitStack() as connections, running() as port:  # asserts that it stops
        silent = connections.enter_context(connected(port, receives_bytes=4096))
        silent.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        assert silent.recv(1, socket.MSG_PEEK)
