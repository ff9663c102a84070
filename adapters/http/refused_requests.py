"""Requests that the application does not answer: refused unread by the connection, or cut off by the server's stop.

Answered here, they are as timed, logged and shielded as any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from adapters.http.direct_answer import answer_directly
from adapters.http.problem_document import ProblemFacts
from adapters.http.request_record import record_of

_KEY = "refused"
STOPPING = ProblemFacts(code="not-ready", detail="the server is about to stop", retry_after_s=5.0)


def refuse_in(scope: Mapping[str, Any], facts: ProblemFacts) -> None:  # any of the parts of an ASGI scope
    """Whatever the scope asks for is answered with this problem."""
    scope["state"][_KEY] = facts


class RefusedRequests:
    """Inside of timing, outside of everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        facts = scope["state"].get(_KEY)
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        if facts is not None:
            await answer_directly(scope, send, facts)
            return
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:  # only a server whose time to stop is over cancels a request
            if record_of(scope).status is not None:
                raise
            await answer_directly(scope, send, STOPPING)
