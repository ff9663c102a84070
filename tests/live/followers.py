"""Clients that come back, to whichever server there is, after the last position that they were told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

_PAUSE_S = 0.02
Ports = Callable[[], Sequence[int]]


class Told(msgspec.Struct):
    kind: str
    position: int


class Follower:
    """`told`: the positions of its messages, as they came. It changes servers whenever it has to come back."""

    def __init__(self, ports: Ports, path: str, token: str, *, first: int) -> None:
        self.told: list[int] = []
        self.connections = 0
        self.closed_with: list[int] = []
        self.after = 0
        self.port = 0
        self.begun = asyncio.Event()
        """Set with the first message: it is told of everything from then on."""
        self._ports = ports
        self._path = path
        self._headers = {"Authorization": f"Bearer {token}"}
        self._turn = first

    def break_connection(self) -> None:
        """As a network does: nobody says goodbye."""

    async def follow(self) -> None:
        while True:
            ports = self._ports()
            with suppress(OSError, WebSocketException, httpx.HTTPError):  # it comes back
                self.port = ports[self._turn % len(ports)]
                await self._follow(self.port)
            self._turn += 1
            await asyncio.sleep(_PAUSE_S)

    def take(self, message: str | bytes) -> None:
        told = msgspec.json.decode(message, type=Told)
        assert told.kind != "snapshot", "it said after which position"
        self.begun.set()
        self.after = max(self.after, told.position)
        if told.kind != "heartbeat":
            self.told.append(told.position)

    async def _follow(self, port: int) -> None:
        raise NotImplementedError


class SocketFollower(Follower):
    _socket: ClientConnection | None = None

    def break_connection(self) -> None:
        if self._socket is not None:
            self._socket.transport.abort()

    async def _follow(self, port: int) -> None:
        url = f"ws://127.0.0.1:{port}{self._path}?after={self.after}"
        async with connect(url, additional_headers=self._headers, compression=None) as self._socket:
            self.connections += 1
            try:
                async for message in self._socket:
                    self.take(message)
            finally:
                self.closed_with.append(self._socket.close_code or 1006)


class EventFollower(Follower):
    async def _follow(self, port: int) -> None:
        headers = {**self._headers, "Last-Event-ID": str(self.after)}
        url = f"http://127.0.0.1:{port}{self._path}events/"
        async with httpx.AsyncClient(headers=headers, timeout=5) as client, client.stream("GET", url) as stream:
            self.connections += 1
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    self.take(line.removeprefix("data: "))


class PluginFollower(Follower):
    """There is nothing to resume after. Whose connection was broken stays away until `back` is set."""

    def __init__(self, ports: Ports) -> None:
        super().__init__(ports, "/updates", "", first=0)
        self.back = asyncio.Event()
        self.back.set()
        self._socket: ClientConnection | None = None

    def break_connection(self) -> None:
        self.back.clear()
        if self._socket is not None:
            self._socket.transport.abort()

    def take(self, message: str | bytes) -> None:
        self.told.append(int(message))

    async def _follow(self, port: int) -> None:
        await self.back.wait()
        async with connect(f"ws://127.0.0.1:{port}{self._path}", compression=None) as self._socket:
            self.connections += 1
            self.begun.set()
            async for message in self._socket:
                self.take(message)
