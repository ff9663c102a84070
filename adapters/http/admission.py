"""Before a body is read: whether the models have room for one more, and who lets others go first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal, TypeVar

from litestar.exceptions import ClientException
from litestar.handlers import BaseRouteHandler

from adapters.http.auth import Connection, Guard
from adapters.http.json_request import JsonRequest
from adapters.http.operation import operation_of
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts

Priority = Literal["live", "backlog"]
PRIORITIES: tuple[Priority, ...] = ("live", "backlog")
PRIORITY_HEADER = "Checkin-Priority"
Admit = Callable[[bool], None]
"""Is told whether a request is of the backlog; raises Overloaded where it would be refused."""
Answer = TypeVar("Answer")


class CallerGone(ClientException):
    """Whoever asked has closed the connection: nobody reads what is answered."""


def room_guard(admit: Admit) -> Guard:
    """Answers 503 before the body is read where the models are asked for and have no room: a refusal must be cheap."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        operation = operation_of(handler)
        if operation is not None and operation.queued:
            admit(is_backlog(connection))

    return guard


def is_backlog(connection: Connection) -> bool:
    """Whether nobody stands at the door for it: a burst from a station's outbox, which lets the others go first."""
    given = connection.headers.get(PRIORITY_HEADER, "live")
    if given not in PRIORITIES:
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
