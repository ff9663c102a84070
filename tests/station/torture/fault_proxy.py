"""Stands between the stations and the server, and by a seed does to their requests whatever a bad network does."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

Fault = Literal[
    "500-before",
    "500-after",
    "503",
    "429",
    "captive-portal",
    "answer-lost",
    "answer-cut",
    "answer-late",
    "upload-reset",
    "upload-hangs",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
_LARGEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """One request in `one_in` meets a fault. Every `outage_every_s` the network is away for `outage_s`.

    `hang_s`: for how long whatever hangs does so.
    """

    one_in: int = 4
    outage_every_s: float = 2.5
    outage_s: float = 0.6
    hang_s: float = 1.2


class FaultProxy:
    """Every fault comes equally often: they are dealt from a shuffled deck. `met` counts what happened."""

    def __init__(self, port: int, *, seed: int, weather: Weather) -> None:
        self.met: Counter[Fault | Literal["outage"]] = Counter()
        self.port = 0
        self._upstream_port = port
        self._rng = random.Random(seed)
        self._weather = weather
        self._deck: list[Fault | None] = []
        self._started_s = time.monotonic()
        # The loop alone would let go of a conversation in which nobody speaks.
        self._conversations: set[asyncio.Task[object] | None] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def away(self) -> bool:
        weather = self._weather
        passed_s = time.monotonic() - self._started_s
        return passed_s % weather.outage_every_s > weather.outage_every_s - weather.outage_s

    @contextmanager
    def running(self) -> Iterator[FaultProxy]:
        started: Future[Callable[[], object]] = Future()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), name="fault-proxy")
        thread.start()
        stop = started.result(10)
        try:
            yield self
        finally:
            stop()
            thread.join()

    async def _serve(self, started: Future[Callable[[], object]]) -> None:
        """Until what it answers to `started` is called, by any thread."""
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(self._converse, "127.0.0.1", 0, limit=_LARGEST_BYTES) as server:
            self.port = server.sockets[0].getsockname()[1]
            started.set_result(partial(loop.call_soon_threadsafe, stopping.set))
            await stopping.wait()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a station's: requests follow one another until something goes wrong."""
        upstream: Upstream | None = None
        conversation = asyncio.current_task()
        self._conversations.add(conversation)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if self.away:
                    self.met["outage"] += 1
                    return
                upstream = upstream or await Upstream.connect(self._upstream_port)
                fault = self._deal() if head.startswith(b"POST") else None
                if fault is not None:
                    self.met[fault] += 1
                if not await self._pass_on(fault, head, reader, writer, upstream):
                    return
        except (OSError, EOFError, asyncio.LimitOverrunError):
            """Somebody was killed, or gave up."""
        except asyncio.CancelledError:
            """The proxy ends. Raised on, it would be reported as an error by the stream's own callback."""
        finally:
            self._conversations.discard(conversation)
            _reset(writer)
            if upstream is not None:
                _reset(upstream.writer)

    async def _pass_on(
        self,
        fault: Fault | None,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream: Upstream,
    ) -> bool:
        """Whether the connection may go on."""
        length = _content_length(head)
        if fault in ("upload-reset", "upload-hangs"):
            await upstream.send(head + await reader.readexactly(self._rng.randrange(length)))
            await asyncio.sleep(self._weather.hang_s if fault == "upload-hangs" else 0.0)
            return False
        request = head + await reader.readexactly(length)
        instead = _instead(fault, self._rng)
        if fault in ("500-before", "503", "429", "captive-portal"):
            await _send(writer, instead)
            return True
        answer_head, answer_body = await upstream.ask(request)
        if self.away:
            self.met["outage"] += 1
            return False
        match fault:
            case "500-after":
                await _send(writer, instead)
            case "answer-lost":
                return False
            case "answer-cut":
                await _send(writer, answer_head + answer_body[: len(answer_body) // 2])
                return False
            case "answer-late":
                await asyncio.sleep(self._weather.hang_s)
                return False
            case _:
                await _send(writer, answer_head + answer_body)
        return True

    def _deal(self) -> Fault | None:
        if not self._deck:
            self._deck = [*FAULTS, *[None] * (len(FAULTS) * (self._weather.one_in - 1))]
            self._rng.shuffle(self._deck)
        return self._deck.pop()


class Upstream:
    """A connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int) -> Upstream:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=_LARGEST_BYTES))

    async def send(self, request: bytes) -> None:
        self.writer.write(request)
        await self.writer.drain()

    async def ask(self, request: bytes) -> tuple[bytes, bytes]:
        await self.send(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        return head, await self.reader.readexactly(_content_length(head))


def _instead(fault: Fault | None, rng: random.Random) -> bytes:
    """What a proxy, an overloaded server or a captive portal would say."""
    match fault:
        case "500-before" | "500-after":
            return _problem(500, "internal")
        case "503":
            return _problem(503, "overloaded", f"retry-after: {rng.choice((0, 0, 1))}\r\n")
        case "429":
            return _problem(429, "too-many-requests", f"retry-after: {rng.choice((0, 0, 1))}\r\n")
        case _:
            return _response(200, "text/html", b"<html>Please log in to the network</html>")


def _problem(status: int, code: str, headers: str = "") -> bytes:
    document = {"type": "about:blank", "title": code, "status": status, "code": code, "retry": "same_request"}
    return _response(status, "application/problem+json", json.dumps(document).encode(), headers)


def _response(status: int, media_type: str, body: bytes, headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status} x\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def _send(writer: asyncio.StreamWriter, answer: bytes) -> None:
    writer.write(answer)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """What was sent and not yet read is lost with it, as when a cable is pulled."""
    opened: socket.socket | None = writer.get_extra_info("socket")
    with suppress(OSError):
        if opened is not None:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
