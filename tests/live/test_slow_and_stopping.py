"""A reader who does not read is let go and loses nothing; a server that stops does not wait for its watchers."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request
from websockets.sync.client import connect

from adapters.http import live_sockets
from adapters.http.live_sockets import LiveSocket
from domain.station import StationReported
from tests.http.live_server import LiveServer
from tests.live.followers import Told
from tests.live.servers import feeding_server

REPORTS = 1_500
_NARROW_BYTES = 8_192
_WITHIN_S = 30.0


@pytest.fixture
def server(database: str, key_file: Path) -> Iterator[LiveServer]:
    with feeding_server(database, key_file) as found:
        yield found


def headers(server: LiveServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.callers['staff'].token}"}


def url(server: LiveServer, after: int) -> str:
    return f"ws://127.0.0.1:{server.port}/api/live/staff/?after={after}"


def report(server: LiveServer, count: int) -> list[int]:
    """So many updates at once; their positions."""
    through = datetime.now(UTC)
    events = [
        StationReported(at=through, station_id=uuid4(), through=through + timedelta(seconds=number))
        for number in range(count)
    ]
    last = server.run(server.record.store.append(uuid4(), 0, events))
    return list(range(last - count + 1, last + 1))


def until(server: LiveServer, position: int) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while server.services.live.position < position:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def narrow_sockets() -> Iterator[None]:
    """What is unsent shows soon: neither the bound nor the kernel's buffers are as large as in service."""
    begin = LiveSocket.handle_connect

    def handle_connect(self: LiveSocket, event: Request) -> None:
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _NARROW_BYTES)
        begin(self, event)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(LiveSocket, "handle_connect", handle_connect)
        patched.setattr(live_sockets, "MOST_UNSENT_BYTES", 20_000)
        yield


def test_a_slow_reader_is_ended_and_resumes_without_loss(server: LiveServer) -> None:
    begun = report(server, 1)
    until(server, begun[0])
    figures = server.services.live.figures
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _NARROW_BYTES)
    narrow.connect(("127.0.0.1", server.port))
    told: list[int] = []
    # `max_queue`: what the client reads ahead of us.
    with (
        narrow_sockets(),
        connect(url(server, begun[0]), sock=narrow, additional_headers=headers(server), max_queue=1) as slow,
    ):
        assert msgspec.json.decode(slow.recv(timeout=_WITHIN_S), type=Told).kind == "heartbeat"
        reported = report(server, REPORTS)
        until(server, reported[-1])
        assert figures.ended_slow == 1, "while everybody else was told"
        try:
            while True:
                told += taken(slow.recv(timeout=_WITHIN_S))
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else 1006
    assert code == 1013
    assert 0 < len(told) < REPORTS
    with connect(url(server, told[-1]), additional_headers=headers(server)) as quick:
        while len(told) < REPORTS:
            told += taken(quick.recv(timeout=_WITHIN_S))
    assert told == reported


def taken(*messages: str | bytes) -> list[int]:
    told = [msgspec.json.decode(message, type=Told) for message in messages]
    return [one.position for one in told if one.kind != "heartbeat"]


def test_heartbeats_say_how_far_everything_was_told(server: LiveServer) -> None:
    with connect(url(server, 0), additional_headers=headers(server)) as watcher:
        (position,) = report(server, 1)
        until(server, position)
        heard: list[Told] = []
        while not heard or heard[-1].kind != "heartbeat" or heard[-1].position < position:
            heard.append(msgspec.json.decode(watcher.recv(timeout=_WITHIN_S), type=Told))
    assert heard[-1].position == position
    assert [one.position for one in heard] == sorted(one.position for one in heard)
    assert [one.position for one in heard if one.kind != "heartbeat"] == [position]


def test_a_server_that_stops_says_so_and_does_not_wait(database: str, key_file: Path) -> None:
    with feeding_server(database, key_file) as server:
        client = server.client("staff")
        stream = client.stream("GET", "/api/live/staff/events/")
        lines = stream.__enter__().iter_lines()
        assert next(lines) == "retry: 2000"
        watcher = connect(url(server, 0), additional_headers=headers(server), legacy=True)
        watcher.recv(timeout=_WITHIN_S)
    assert server.loop.is_closed(), "it did not wait until both had gone"
    with pytest.raises(ConnectionClosed):
        taken(*(watcher.recv(timeout=_WITHIN_S) for _ in range(1_000)))
    assert watcher.close_code == 1012
    assert not [line for line in lines if line.startswith("event: check_in")], "it ends by itself"
    stream.__exit__(None, None, None)
    client.close()
