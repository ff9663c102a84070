"""Many WebSocket clients in one event loop, cheap enough to leave the server its half of the machine."""

from __future__ import annotations

import asyncio
import os
import struct
import time
from base64 import b64encode
from collections.abc import Sequence
from typing import cast

_POSITION = b'"position":'
_CLOSE = 0x8


class Received(asyncio.Protocol):
    """One connection. `at_s`: the monotonic clock, which all processes of a machine share, by position."""

    def __init__(self, path: str, token: str | None) -> None:
        self.at_s: dict[int, float] = {}
        self.seen: list[int] = []
        self.closed = False
        self.open = asyncio.Event()
        self._path = path
        self._token = token
        self._unread = b""

    def itself(self) -> Received:
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        key = b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self._path} HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        if self._token is not None:
            lines.append(f"Authorization: Bearer {self._token}")
        cast(asyncio.Transport, transport).write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._unread += data
        if not self.open.is_set():
            head, end, rest = self._unread.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise ConnectionError(head.decode())
            self._unread = rest
            self.open.set()
        while (frame := self._frame()) is not None:
            self._take(frame, now)

    def connection_lost(self, _: Exception | None) -> None:
        self.closed = True

    def _take(self, payload: bytes, now: float) -> None:
        if b'"check_in"' not in payload[:20]:
            return  # a snapshot or a heartbeat
        start = payload.index(_POSITION) + len(_POSITION)
        position = int(payload[start : payload.index(b",", start)])
        self.seen.append(position)
        self.at_s.setdefault(position, now)

    def _frame(self) -> bytes | None:
        """The payload of the next whole frame."""
        data = self._unread
        if len(data) < 2:
            return None
        size, start = data[1] & 0x7F, 2
        if size == 126 and len(data) >= 4:
            (size,), start = struct.unpack_from("!H", data, 2), 4
        elif size == 127 and len(data) >= 10:
            (size,), start = struct.unpack_from("!Q", data, 2), 10
        elif size > 125:
            return None
        if len(data) < start + size:
            return None
        self._unread = data[start + size :]
        self.closed = self.closed or data[0] & 0xF == _CLOSE
        return data[start : start + size]


async def connect_clients(port: int, path: str, token: str | None, count: int) -> Sequence[Received]:
    """All of them, once the last was accepted."""
    loop = asyncio.get_running_loop()
    clients = [Received(path, token) for _ in range(count)]
    for some in (clients[first : first + 50] for first in range(0, count, 50)):
        await asyncio.gather(*(loop.create_connection(one.itself, "127.0.0.1", port) for one in some))
    async with asyncio.timeout(30):
        await asyncio.gather(*(client.open.wait() for client in clients))
    return clients


async def until_received(clients: Sequence[Received], positions: Sequence[int], within_s: float) -> None:
    """Return once every client has all of them, or the time is over."""
    wanted = len(set(positions))
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and any(len(client.at_s) < wanted for client in clients):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
