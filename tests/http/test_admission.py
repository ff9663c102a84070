"""Who is let in when the models are busy: refused before a body is read, and let go where the caller has left."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from litestar import Litestar, post
from litestar.testing import TestClient

from adapters.http.admission import unless_gone
from adapters.http.app import create_app
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.json_request import JsonRequest
from adapters.http.timing import Timing
from application.ports import Overloaded
from tests.http.live_server import LiveServer
from tests.http.small_server import serving

QUEUED = ["/api/checkin/identify/", "/api/checkin/emotion/", "/api/checkin/burst/", "/api//checkin/identify//"]


@contextmanager
def refusing(server: LiveServer, *, live: bool) -> Iterator[TestClient[Litestar]]:
    """The server's own application at a moment when nobody is let in, or only those at a door."""

    def admit(backlog: bool) -> None:
        if backlog or live:
            raise Overloaded(3.0)

    with TestClient(create_app(replace(server.services, admit=admit, lifespan=()))) as client:
        yield client


@pytest.mark.parametrize("path", QUEUED)
def test_a_full_queue_refuses_before_it_looks_at_anything(busy_server: LiveServer, path: str) -> None:
    with refusing(busy_server, live=True) as client:
        answer = client.post(path, content=b"not even JSON")
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert answer.headers["retry-after"] == "3"
        assert client.get("/health/live/").status_code == 200


@pytest.mark.parametrize("path", QUEUED)
def test_the_backlog_is_refused_while_the_door_is_let_in(busy_server: LiveServer, path: str) -> None:
    with refusing(busy_server, live=False) as client:
        for priority, status in (("backlog", 503), ("live", 401)):
            assert client.post(path, headers={"checkin-priority": priority}).status_code == status
        answer = client.post(path, headers={"checkin-priority": "urgent"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request-malformed")
    assert answer.json()["errors"][0]["parameter"] == "Checkin-Priority"


def test_work_ends_when_its_caller_closes_the_connection() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    @post("/held", status_code=200)
    async def held(request: JsonRequest) -> None:
        await request.body()
        await unless_gone(request, work())

    app = Litestar(
        [held],
        exception_handlers=EXCEPTION_HANDLERS,
        logging_config=None,
        openapi_config=None,
        request_class=JsonRequest,
    )
    app.asgi_handler = Timing(app.asgi_handler)
    with serving(app) as port:
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(b"POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
            assert begun.wait(30)
            assert not ended.is_set()
        assert ended.wait(30)
