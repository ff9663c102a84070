"""What nobody planned is answered without a word about it, and logged without what somebody sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import psycopg
import pytest
from litestar import Litestar, get
from litestar.testing import TestClient
from structlog.testing import capture_logs

from adapters.http.app import create_app
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.timing import Timing
from application.ports import Conflict, Overloaded, PersonErased
from tests.http.live_server import LiveServer

SECRET = "ada@example.org"


def failing(error: Exception) -> TestClient[Litestar]:
    """An application whose only operation fails so, behind the handlers of the real one."""

    @get("/fails")
    async def fails() -> None:
        raise error

    app = Litestar([fails], exception_handlers=EXCEPTION_HANDLERS, logging_config=None, openapi_config=None)
    app.asgi_handler = Timing(app.asgi_handler)
    return TestClient(app)


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (Overloaded(2.2), 503, "overloaded", "3"),
        (Conflict(SECRET), 503, "contention", "1"),
        (TimeoutError(SECRET), 503, "not-ready", "1"),
        (psycopg.OperationalError(SECRET), 503, "not-ready", "1"),
        (psycopg.InterfaceError(SECRET), 503, "not-ready", "1"),
        (PersonErased(SECRET), 404, "person-not-found", None),
        (psycopg.DataError(SECRET), 500, "internal", None),
        (ValueError(SECRET), 500, "internal", None),
        (RecursionError(SECRET), 500, "internal", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_exception_has_its_answer(error: Exception, status: int, code: str, retry_after: str | None) -> None:
    with failing(error) as client, capture_logs() as lines:
        answer = client.get("/fails")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("retry-after") == retry_after
    assert SECRET not in answer.text
    assert SECRET not in repr(lines)


def test_a_failure_is_logged_by_its_kind_and_place() -> None:
    with failing(ValueError(SECRET)) as client, capture_logs() as lines:
        trace_id = client.get("/fails").json()["trace_id"]
    assert len(trace_id) == 32
    (line,) = [line for line in lines if line["event"] == "failed"]
    assert line["error"] == "ValueError"
    assert "test_failures.py" in line["at"][-1]
    (answered,) = [line for line in lines if line["event"] == "answered"]
    assert (answered["status"], answered["log_level"]) == (500, "error")


def test_what_the_services_open_is_open_while_it_serves(busy_server: LiveServer) -> None:
    steps: list[str] = []

    @asynccontextmanager
    async def hook() -> AsyncIterator[None]:
        steps.append("opened")
        yield
        steps.append("closed")

    with TestClient(create_app(replace(busy_server.services, lifespan=(hook,)))) as client:
        assert client.get("/health/live/").status_code == 200
        assert steps == ["opened"]
    assert steps == ["opened", "closed"]
