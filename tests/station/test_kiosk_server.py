"""Who may ask the kiosk's server what, over real sockets: this machine's own page, and nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from edge_device.happenings import Opened
from edge_device.identity_steps import PairingCode
from edge_device.kiosk import server as kiosk_server
from edge_device.kiosk.server import KioskServer
from edge_device.presentation import ScreenKind
from edge_device.presenter import Presenter
from edge_device.steps import Triggered
from tests.screens.kiosk import STATES

NOW = datetime(2026, 9, 14, 8, 55, 3, tzinfo=UTC)
Reply = tuple[int, dict[str, str], bytes]


class Door:
    """A kiosk server and what was typed into it."""

    def __init__(self) -> None:
        self.presenter = Presenter()
        self.pins: list[tuple[str, str]] = []
        self.server = KioskServer(self.presenter, lambda: NOW, self._pin, port=0)

    async def _pin(self, user_id: str, pin: str) -> None:
        self.pins.append((user_id, pin))

    async def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
        given = {"Host": f"127.0.0.1:{self.server.port}", "Content-Length": str(len(body)), **(headers or {})}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        return await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def send(self, raw: bytes) -> Reply:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        writer.write(raw)
        answer = await asyncio.wait_for(reader.read(), 30)
        await hang_up(writer)
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(status.split()[1]), headers, body


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def at_the_door(scenario: Callable[[Door], Awaitable[None]]) -> None:
    async def main() -> None:
        door = Door()
        async with door.server.serving(), asyncio.timeout(30):
            await scenario(door)
        door.presenter.close()

    asyncio.run(main())


@pytest.mark.parametrize("path", ["/", "/kiosk.css", "/kiosk.js", "/pad.js", "/words.json", "/icon.svg"])
def test_the_page_and_its_parts_are_served_under_a_policy_that_lets_nothing_else_in(path: str) -> None:
    async def scenario(door: Door) -> None:
        status, headers, body = await door.ask("GET", path)
        assert status == 200
        assert body
        assert int(headers["content-length"]) == len(body)
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        for elsewhere in (b"http://", b"https://"):
            assert elsewhere not in body.replace(b"http://www.w3.org/2000/svg", b"")

    at_the_door(scenario)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example:80"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_another_sites_name_and_another_sites_page_are_turned_away(headers: dict[str, str], status: int) -> None:
    async def scenario(door: Door) -> None:
        assert (await door.ask("GET", "/words.json", headers))[0] == status

    at_the_door(scenario)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET http://evil.example/ HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/9\r\n\r\n", 400),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"POST /pin HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /pin HTTP/1.1\r\nContent-Length: 5000\r\n\r\n", 413),
        (b"POST /pin HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411),
    ],
)
def test_what_is_no_small_request_is_refused(raw: bytes, status: int) -> None:
    async def scenario(door: Door) -> None:
        assert (await door.send(raw))[0] == status
        assert (await door.ask("GET", "/"))[0] == 200

    at_the_door(scenario)


def test_whoever_connects_and_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kiosk_server, "_READ_TIMEOUT_S", 0.05)

    async def scenario(door: Door) -> None:
        assert (await door.send(b"GET / HT"))[0] == 408

    at_the_door(scenario)


def test_more_connections_than_a_display_needs_are_turned_away() -> None:
    async def scenario(door: Door) -> None:
        held = [await asyncio.open_connection("127.0.0.1", door.server.port) for _ in range(16)]
        while (answer := (await door.ask("GET", "/"))[0]) == 200:  # noqa: ASYNC110  # a connection is counted late
            await asyncio.sleep(0)
        assert answer == 503
        for _, writer in held:
            await hang_up(writer)

    at_the_door(scenario)


def test_only_json_from_the_page_is_taken_for_a_pin_and_only_what_is_one() -> None:
    async def scenario(door: Door) -> None:
        good = json.dumps({"user_id": "ada", "pin": "4092"}).encode()
        plain = {"Content-Type": "text/plain"}
        as_json = {"Content-Type": "application/json"}
        assert (await door.ask("POST", "/pin", plain, good))[0] == 415
        assert (await door.ask("POST", "/pin", as_json | {"Origin": "http://evil.example"}, good))[0] == 403
        for wrong in (b"", b"[]", b'{"user_id": 1, "pin": "2"}', b'{"user_id": "ada", "pin": ""}'):
            assert (await door.ask("POST", "/pin", as_json, wrong))[0] == 400
        assert door.pins == []
        assert (await door.ask("POST", "/pin", as_json, good))[0] == 204
        assert door.pins == [("ada", "4092")]

    at_the_door(scenario)


def test_other_paths_and_other_methods_are_not_there() -> None:
    async def scenario(door: Door) -> None:
        assert (await door.ask("GET", "/../server.py"))[0] == 404
        assert (await door.ask("GET", "/pin"))[0] == 404
        assert (await door.ask("DELETE", "/"))[0] == 405
        assert (await door.ask("GET", "/pairing.svg"))[0] == 404
        door.presenter.tell(PairingCode(code="KXRT-4827", expires_at="", server="", sentence=""))
        status, headers, body = await door.ask("GET", "/pairing.svg?KXRT-4827")
        assert (status, headers["content-type"]) == (200, "image/svg+xml")
        assert body.startswith(b"<svg")

    at_the_door(scenario)


def test_the_stream_tells_what_is_shown_at_once_and_at_every_change() -> None:
    async def scenario(door: Door) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
        writer.write(f"GET /screen HTTP/1.1\r\nHost: localhost:{door.server.port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"text/event-stream" in head

        async def next_screen() -> dict[str, Any]:  # Any: JSON, looked at key by key
            line = (await reader.readuntil(b"\n\n")).removeprefix(b"data: ")
            screen: dict[str, Any] = json.loads(line)
            return screen

        assert (await next_screen())["kind"] == "starting"
        door.presenter.tell(Opened())
        assert (await next_screen())["kind"] == "ready"
        door.presenter.tell(Triggered(take=2))
        screen = await next_screen()
        assert (screen["kind"], screen["take"], screen["server_time_ms"]) == ("capturing", 2, NOW.timestamp() * 1000)
        await hang_up(writer)

    at_the_door(scenario)


def test_every_screen_has_its_words_in_every_language() -> None:
    async def scenario(door: Door) -> None:
        words = json.loads((await door.ask("GET", "/words.json"))[2])
        assert set(words) == {"en", "de", "ar"}
        shapes = [_shape(words[language]) for language in words]
        assert shapes[0] == shapes[1] == shapes[2]
        kinds = {kind for group in get_args(ScreenKind) for kind in get_args(group) or (group,)}
        assert kinds <= set(words["en"])
        assert kinds == set(STATES)

    at_the_door(scenario)


def _shape(words: object) -> object:
    return {name: _shape(part) for name, part in words.items()} if isinstance(words, dict) else ""
