"""A request is answered within a time: where the database stands still, whoever asks is told so, and may ask again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.request_record import RequestRecord, record_of

ANSWER_WITHIN_S = 10.0
_LONGER_S = "answers_within_s"


AT_LENGTH: dict[str, Any] = {_LONGER_S: 120.0}  # Litestar's `opt` is untyped
"""Goes into the `opt` of a handler whose work takes longer than that of others: files are read or made in turn."""


class AnswerDeadline:
    """Inside of timing. Its clock begins when the whole body is there, for the body has a deadline of its own.

    The work is told to end and not waited for: a connection to a database that stands still takes long to give up.
    What it has begun may still be recorded, and is then what the same request is answered when it comes again. An
    answer that has begun goes on for as long as it takes.
    """

    def __init__(self, app: ASGIApp, within_s: float = ANSWER_WITHIN_S) -> None:
        self._app = app
        self._within_s = within_s
        self._ending: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        record = record_of(scope)
        over = False

        async def until_over(message: Message) -> None:
            if not over:
                await send(message)

        working = asyncio.ensure_future(self._work(scope, receive, until_over))
        try:
            while not working.done() and record.status is None:
                left_s = self._due_s(scope, record) - time.perf_counter()
                if left_s <= 0.0:
                    over = True
                    break
                await asyncio.wait((working,), timeout=left_s)
            if not over:
                await working
                return
        finally:
            if not working.done():
                self._end(working)
        await _answer_late(scope, receive, send)

    async def _work(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def _due_s(self, scope: HTTPScope, record: RequestRecord) -> float:
        """While the body is still coming in, as if it were there now: then it is asked again."""
        waiting = record.body_since_s is not None and record.body_whole_s is None
        began_s = time.perf_counter() if waiting else record.body_whole_s or record.started_s
        handler = scope.get("route_handler")
        longer_s = handler.opt.get(_LONGER_S, 0.0) if isinstance(handler, HTTPRouteHandler) else 0.0
        return began_s + max(self._within_s, longer_s)

    def _end(self, working: asyncio.Task[None]) -> None:
        self._ending.add(working)
        working.add_done_callback(self._ended)
        working.cancel()

    def _ended(self, working: asyncio.Task[None]) -> None:
        """How it ended is nobody's to hear any more."""
        self._ending.discard(working)
        if not working.cancelled():
            working.exception()


async def _answer_late(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """As a part that did not answer in time, in the form that the handler's own failures have: a page's is a page."""
    handler = scope.get("route_handler")
    handlers = handler.resolve_exception_handlers() if isinstance(handler, HTTPRouteHandler) else EXCEPTION_HANDLERS
    error = TimeoutError()
    found = next((handlers[kind] for kind in type(error).__mro__ if kind in handlers), EXCEPTION_HANDLERS[TimeoutError])
    request: Request[Any, Any, Any] = Request(scope, receive, send)  # an exception handler serves every kind of request
    answer = found(request, error)
    await answer.to_asgi_response(None, request)(scope, receive, send)
