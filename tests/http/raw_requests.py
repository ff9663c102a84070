"""Bytes as they are, sent to a server, and the whole answers that came back: no client's library stands between."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.http.documented_answers import Answer, contract

HANDSHAKE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@contextmanager
def connected(port: int, *, receives_bytes: int | None = None) -> Iterator[socket.socket]:
    """`receives_bytes`: what the system keeps for a client that does not read."""
    with socket.socket() as connection:
        if receives_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives_bytes)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", port))
        yield connection


def read_to_the_end(connection: socket.socket) -> bytes:
    """Until the server closes it; a server that does not ends in a TimeoutError."""
    received = b""
    while piece := _received(connection):
        received += piece
    return received


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


def answers_in(received: bytes, method: str = "GET") -> list[Answer]:
    """All that the contract says of answers without a route is held against those that refuse."""
    answers = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers.get("content-length", 0)) if method != "HEAD" else 0
        status = int(first.split(" ")[1])
        answer = Answer(method=method, template=None, status=status, headers=headers, body=rest[:size])
        if status >= 400 and method != "HEAD":
            assert list(contract().faults(answer)) == []
        answers.append(answer)
        received = rest[size:]
    return answers


def answer_to(port: int, request: bytes) -> Answer:
    """The one answer after which the server closes the connection."""
    with connected(port) as connection:
        connection.sendall(request)
        (answer,) = answers_in(read_to_the_end(connection))
        return answer
