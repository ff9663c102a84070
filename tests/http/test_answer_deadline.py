"""A request is answered within a time, whatever its work does; what was begun goes on where others share it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import httpx
import psycopg
import pytest
from litestar import Litestar, get, post
from litestar.response import Stream

from adapters.database import Database
from adapters.http.answer_deadline import AT_LENGTH, AnswerDeadline
from adapters.http.app import create_app
from adapters.http.connections import PatientProtocol
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.json_request import JsonRequest
from adapters.http.operation import public
from adapters.http.timing import Timing
from adapters.web.problem_pages import PAGE_EXCEPTION_HANDLERS
from adapters.wiring import database_answers
from application.in_flight import InFlight
from tests.http.live_server import LiveServer
from tests.http.small_server import serving

WITHIN_S = 0.2
PATIENCE_S = 60.0


class House:
    """What happens behind the door: nothing ends before it is told to."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.shared: InFlight[str] = InFlight()
        self.done: list[str] = []


def app_over(house: House) -> Litestar:
    @get("/never", opt=public())
    async def never() -> str:
        await house.opened.wait()
        return "late"

    @get("/page", opt=public(), exception_handlers=PAGE_EXCEPTION_HANDLERS)
    async def page() -> str:
        await house.opened.wait()
        return "late"

    @get("/at-length", opt={**public(), **AT_LENGTH})
    async def at_length() -> str:
        await asyncio.sleep(2 * WITHIN_S)
        return "made at length"

    @get("/stubborn", opt=public())
    async def stubborn() -> str:
        """As a connection to a database that stands still: it ends in its own time."""
        with suppress(asyncio.CancelledError):
            await house.opened.wait()
        await house.opened.wait()
        house.done.append("stubborn")
        return "late"

    @get("/shared", opt=public())
    async def shared() -> str:
        async def work() -> str:
            await house.opened.wait()
            house.done.append("shared")
            return "recorded"

        return await house.shared.run("the burst", work)

    @get("/stream", opt=public())
    async def stream() -> Stream:
        async def pieces() -> AsyncIterator[str]:
            yield "begun "
            await asyncio.sleep(2 * WITHIN_S)
            yield "ended"

        return Stream(pieces())

    @post("/body", opt=public(), status_code=200)
    async def body(request: JsonRequest) -> str:
        return str(len(await request.body()))

    @get("/open", opt={**public(), **AT_LENGTH})
    async def open_all() -> str:
        house.opened.set()
        return "open"

    app = Litestar(
        [never, page, at_length, stubborn, shared, stream, body, open_all],
        exception_handlers=EXCEPTION_HANDLERS,
        logging_config=None,
        openapi_config=None,
        request_class=JsonRequest,
    )
    app.asgi_handler = Timing(AnswerDeadline(app.asgi_handler, WITHIN_S))
    return app


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def door(house: House) -> Iterator[httpx.Client]:
    with (
        serving(app_over(house), http=PatientProtocol) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as client,
    ):
        yield client


def test_what_is_not_answered_in_time_may_be_asked_again(door: httpx.Client) -> None:
    late = door.get("/never")
    assert (late.status_code, late.json()["code"], late.json()["retry"]) == (503, "not-ready", "same_request")
    assert int(late.headers["retry-after"]) >= 1
    assert late.headers["server-timing"]
    assert door.get("/open").text == "open"
    assert door.get("/never").text == "late", "the control: without a wait it is answered"


def test_a_page_says_so_as_a_page(door: httpx.Client) -> None:
    late = door.get("/page")
    assert (late.status_code, late.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert late.headers["retry-after"]


def test_work_that_does_not_end_keeps_nobody_waiting(door: httpx.Client, house: House) -> None:
    assert door.get("/stubborn").status_code == 503
    assert house.done == []
    assert [door.get("/open").text, door.get("/stubborn").text] == ["open", "late"], "each answer is its request's own"


def test_what_others_share_is_done_all_the_same(door: httpx.Client, house: House) -> None:
    assert door.get("/shared").status_code == 503
    assert door.get("/open").text == "open"
    assert door.get("/shared").text == "recorded"
    assert house.done == ["shared"] or house.done == ["shared", "shared"]


@pytest.mark.parametrize(("path", "answer"), [("/at-length", "made at length"), ("/stream", "begun ended")])
def test_what_takes_longer_by_its_nature_has_longer(door: httpx.Client, path: str, answer: str) -> None:
    found = door.get(path)
    assert (found.status_code, found.text) == (200, answer)


def test_the_time_begins_when_the_body_is_there(door: httpx.Client) -> None:
    with socket.create_connection((door.base_url.host, door.base_url.port or 0), timeout=PATIENCE_S) as caller:
        caller.sendall(b"POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\na")
        assert door.get("/never").status_code == 503, "meanwhile the time of another is over"
        assert door.get("/never").status_code == 503
        caller.sendall(b"b")
        assert caller.recv(4096).startswith(b"HTTP/1.1 200 ")


@contextmanager
def silent_database() -> Iterator[str]:
    """It takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"host=127.0.0.1 port={listener.getsockname()[1]} dbname=none user=none sslmode=disable"


def test_a_database_that_says_nothing_is_not_waited_for() -> None:
    """The question itself goes on, and whoever asks meanwhile shares it."""
    asking: InFlight[object] = InFlight()

    async def scenario() -> None:
        with silent_database() as dsn:
            database = Database(dsn)
            both = [database_answers(database, asking, within_s=0.1) for _ in range(2)]
            assert await asyncio.gather(*both) == [False, False]
            assert len(asking) == 1
        async with asyncio.timeout(PATIENCE_S):
            await asking.drain()
        assert await database_answers(database, asking, within_s=PATIENCE_S) is False

    asyncio.run(scenario())


def test_the_server_answers_while_its_database_stands_still(busy_server: LiveServer) -> None:
    """Whoever holds the table of tokens holds up every question of who asks."""
    services = replace(busy_server.services, answer_within_s=WITHIN_S)
    transport = httpx.ASGITransport(create_app(services))  # type: ignore[arg-type]  # its ASGI types differ in name only
    headers = {"authorization": f"Bearer {busy_server.callers['staff'].token}"}

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://door", headers=headers) as client:
            return await client.get("/api/people/")

    with psycopg.connect(busy_server.record.database.dsn) as holding:
        holding.execute("LOCK TABLE access_token IN ACCESS EXCLUSIVE MODE")
        assert busy_server.run(ask()).json()["code"] == "not-ready"
    with busy_server.client("staff") as staff:
        assert staff.get("/api/people/").status_code == 200, "the control: nothing else was wrong"
