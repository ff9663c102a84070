"""Before a body is read: whether the models have room for one more, and who lets others go first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Literal, TypeVar

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.utils import normalize_path

from adapters.http.auth import Connection
from adapters.http.direct_answer import answer_directly
from adapters.http.json_request import JsonRequest
from adapters.http.operation import operation_of
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts
from application.ports import Overloaded

Priority = Literal["live", "backlog"]
PRIORITIES: tuple[Priority, ...] = ("live", "backlog")
PRIORITY_HEADER = "Checkin-Priority"
Admit = Callable[[bool], None]
"""Is told whether a request is of the backlog; raises Overloaded where it would be refused."""
Answer = TypeVar("Answer")


class CallerGone(ClientException):
    """Whoever asked has closed the connection: nobody reads what is answered."""


class Doorkeeper:
    """Refuses what the models have no room for: outside of routing and before a body is read, so that it is cheap."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute], admit: Admit) -> None:
        self._app = app
        self._admit = admit
        self._queued = frozenset(
            route.path
            for route in routes
            if isinstance(route, HTTPRoute)
            for handler in route.route_handlers
            if (operation := operation_of(handler)) is not None and operation.queued
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] == "POST":
            path = normalize_path(scope["path"])  # as it is routed
            if path in self._queued:
                headers = Headers.from_scope(scope)
                try:
                    self._admit(_is_backlog(headers.get(PRIORITY_HEADER)))
                except Overloaded as full:
                    facts = ProblemFacts(code="overloaded", retry_after_s=full.retry_after_s)
                    scope["path_template"] = path
                    return await answer_directly(scope, send, facts)
                except HttpProblem as problem:
                    scope["path_template"] = path
                    return await answer_directly(scope, send, problem.facts)
        return await self._app(scope, receive, send)


def is_backlog(connection: Connection) -> bool:
    """Whether nobody stands at the door for it: a burst from a station's outbox, which lets the others go first."""
    return _is_backlog(connection.headers.get(PRIORITY_HEADER))


def _is_backlog(given: str | None) -> bool:
    if given not in (None, *PRIORITIES):
        wrong = FieldError(message=f"it is one of {', '.join(PRIORITIES)}", parameter=PRIORITY_HEADER)
        raise HttpProblem(ProblemFacts(code="request-malformed", errors=[wrong]))
    return given == "backlog"


async def unless_gone(request: JsonRequest, work: Awaitable[Answer]) -> Answer:
    """What the work answers. Raises CallerGone where its caller leaves first; the work is cancelled then."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise CallerGone
    finally:
        for task in (working, leaving):
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def _gone(request: JsonRequest) -> None:
    """The body has been read, so that nothing else comes."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
