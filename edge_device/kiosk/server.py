"""Serves the kiosk page on this machine alone: static files, what is shown as a stream, and the PIN on its way."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from importlib import resources

from edge_device.kiosk.screen import ServerTime, pairing_picture, screen_json
from edge_device.kiosk.web_request import (
    LARGEST_HEAD_BYTES,
    NotARequest,
    WebAnswer,
    WebRequest,
    read_request,
    refusal,
)
from edge_device.presentation import Presentation
from edge_device.presenter import Presenter

KIOSK_PORT = 8765
_HOST = "127.0.0.1"
_READ_TIMEOUT_S = 5.0
_BEAT_S = 4.0
_MOST_CONNECTIONS = 16
_LINGER_S = 0.2
_LINGER_BYTES = 64 * 1024
_STREAM = WebAnswer(content_type="text/event-stream; charset=utf-8")
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    "/kiosk.css": ("kiosk.css", "text/css; charset=utf-8"),
    "/kiosk.js": ("kiosk.js", "text/javascript; charset=utf-8"),
    "/pad.js": ("pad.js", "text/javascript; charset=utf-8"),
    "/words.json": ("words.json", "application/json"),
}

Pin = Callable[[str, str], Awaitable[None]]
"""Sends a user id and a PIN to the server; what comes of it is told to the presenter."""


class KioskServer:
    """Owned by one event loop. At most 16 connections at once; whoever is slow to ask is let go."""

    def __init__(self, presenter: Presenter, server_time: ServerTime, pin: Pin | None, port: int = KIOSK_PORT) -> None:
        """`port` 0 takes any free one."""
        self._presenter = presenter
        self._server_time = server_time
        self._pin = pin
        self._port = port
        self._connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._files = {path: _file(name, kind) for path, (name, kind) in _FILES.items()}

    @property
    def port(self) -> int:
        return self._port

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Raises OSError where the port is taken."""
        server = await asyncio.start_server(self._connected, _HOST, self._port, limit=LARGEST_HEAD_BYTES)
        self._port = int(server.sockets[0].getsockname()[1])
        try:
            yield
        finally:
            server.close()
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            with contextlib.suppress(ConnectionError):
                await self._answer(reader, writer)
        finally:
            self._connections -= 1
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_READ_TIMEOUT_S):
                request = await read_request(reader)
            if self._connections > _MOST_CONNECTIONS:
                raise NotARequest(HTTPStatus.SERVICE_UNAVAILABLE)
            self._check_who_asks(request)
        except NotARequest as error:
            await _refuse(reader, writer, error.status)
        except TimeoutError:
            await _refuse(reader, writer, HTTPStatus.REQUEST_TIMEOUT)
        else:
            if (request.method, request.path) == ("GET", "/screen"):
                await self._stream(writer)
            else:
                await _send(writer, await self._route(request))

    def _check_who_asks(self, request: WebRequest) -> None:
        """Another site's name that resolves to this machine, and another site's page, are turned away."""
        ours = {f"{name}:{self._port}" for name in ("127.0.0.1", "localhost")}
        if request.headers.get("host") not in ours:
            raise NotARequest(HTTPStatus.MISDIRECTED_REQUEST)
        origin = request.headers.get("origin")
        if origin is not None and origin not in {f"http://{host}" for host in ours}:
            raise NotARequest(HTTPStatus.FORBIDDEN)
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise NotARequest(HTTPStatus.FORBIDDEN)

    async def _route(self, request: WebRequest) -> WebAnswer:
        code = self._presenter.shown.situation.pairing_code
        match request.method, request.path:
            case "GET", path if path in self._files:
                return self._files[path]
            case "GET", "/pairing.svg" if code is not None:
                return WebAnswer(content_type="image/svg+xml", body=pairing_picture(code))
            case "POST", "/pin" if self._pin is not None:
                return await self._take_pin(request, self._pin)
            case "GET" | "POST", _:
                return refusal(HTTPStatus.NOT_FOUND)
            case _:
                return refusal(HTTPStatus.METHOD_NOT_ALLOWED)

    async def _take_pin(self, request: WebRequest, pin: Pin) -> WebAnswer:
        """A page of another site cannot send JSON without asking first, and nobody here answers such questions."""
        if request.headers.get("content-type") != "application/json":
            return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        try:
            wanted: object = json.loads(request.body)
        except ValueError:
            return refusal(HTTPStatus.BAD_REQUEST)
        user_id, digits = (wanted.get("user_id"), wanted.get("pin")) if isinstance(wanted, dict) else (None, None)
        if not isinstance(user_id, str) or not isinstance(digits, str) or not user_id or not digits:
            return refusal(HTTPStatus.BAD_REQUEST)
        await pin(user_id, digits)
        return WebAnswer(status=HTTPStatus.NO_CONTENT)

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        """Only the newest screen is kept for a slow reader. A beat tells the page that the station lives."""
        changed = asyncio.Event()

        def note(_: Presentation) -> None:
            changed.set()

        stop = self._presenter.watch(note)
        loop = asyncio.get_running_loop()
        writer.write(_STREAM.head(length=None))
        try:
            while True:
                changed.clear()
                screen = screen_json(self._presenter.shown, loop.time(), self._server_time())
                writer.write(f"data: {screen}\n\n".encode())
                if not await _within(_READ_TIMEOUT_S, writer.drain()):
                    return
                await _within(_BEAT_S, changed.wait())
        finally:
            stop()


async def _send(writer: asyncio.StreamWriter, answer: WebAnswer) -> None:
    writer.write(answer.head(length=len(answer.body)) + answer.body)
    await _within(_READ_TIMEOUT_S, writer.drain())


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: HTTPStatus) -> None:
    """What is still coming is let in for a moment: closing on it would take the answer away from whoever asks."""
    await _send(writer, refusal(status))
    writer.write_eof()
    await _within(_LINGER_S, reader.read(_LINGER_BYTES))


async def _within(seconds: float, work: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return False
    return True


def _file(name: str, content_type: str) -> WebAnswer:
    body = resources.files("edge_device.kiosk").joinpath("page", name).read_bytes()
    return WebAnswer(content_type=content_type, body=body)
