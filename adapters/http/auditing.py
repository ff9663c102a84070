"""Records who changed what, before it is answered: every change that a caller other than a station asked for."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from litestar import Response
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import HTTPScope

from adapters.http.access_tokens import Caller
from adapters.http.auth import Connection, Guard, caller_in
from adapters.http.request_record import record_of
from application.ports import Clock
from domain.audit import ActionRecorded, AuditEvent

Append = Callable[[UUID, int, Sequence[AuditEvent]], Awaitable[int]]
"""As EventStore.append."""
_TELLS_ITSELF = "tells_itself"
Answer = Response[Any]  # whatever a handler answers
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class _Asked:
    scope: HTTPScope
    handler: BaseRouteHandler
    append: Append
    clock: Clock


_ASKED: ContextVar[_Asked | None] = ContextVar("asked", default=None)


def tells_itself() -> dict[str, Any]:  # Litestar's `opt` is untyped
    """Goes into the `opt` of a handler whose own events say who did it, or that changes nothing of the record's."""
    return {_TELLS_ITSELF: True}


def remember_request(append: Append, clock: Clock) -> Guard:
    """The guard that goes before `record_change`, which is told the answer alone."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        if connection.scope["type"] == ScopeType.HTTP:
            _ASKED.set(_Asked(connection.scope, handler, append, clock))

    return guard


async def record_change(answer: Answer) -> Answer:
    """Litestar's `after_request`. Where it cannot be recorded the answer is a failure, although the change was made.

    It holds nothing of its application: Litestar keeps one for a handler that several applications share.
    """
    asked = _ASKED.get()
    if asked is not None and (answer.status_code or 200) < 400:
        event = _event_of(asked, answer)
        if event is not None:
            await asked.append(uuid4(), 0, [event])
    return answer


def _event_of(asked: _Asked, answer: Answer) -> ActionRecorded | None:
    scope, handler = asked.scope, asked.handler
    caller = caller_in(scope)
    if caller is None or caller.role == "station" or handler.opt.get(_TELLS_ITSELF):
        return None
    if scope["method"] in _SAFE_METHODS:
        return None
    return ActionRecorded(
        at=asked.clock.now(),
        by=None if caller.role == "person" else caller.subject,
        role=caller.role,
        action=_action(scope, handler),
        object=_object(scope["path_params"].values()) or _made(caller, answer),
        trace_id=record_of(scope).trace_id,
    )


def _object(named: Iterable[object]) -> UUID | None:
    return next((value for value in named if isinstance(value, UUID)), None)


def _made(caller: Caller, answer: Answer) -> UUID | None:
    """What the answer says was made: its id, or the page that a form leads to. Of persons nothing more is kept."""
    if caller.role == "person":
        return None
    id = getattr(answer.content, "id", None)
    if isinstance(id, UUID):
        return id
    found = _ID.search(urlsplit(answer.headers.get("Location", "")).path)
    return UUID(found[0]) if found else None


def _action(scope: HTTPScope, handler: BaseRouteHandler) -> str:
    """A page's handler has no operation in the contract: its route says what it does."""
    if isinstance(handler, HTTPRouteHandler) and isinstance(handler.operation_id, str):
        return handler.operation_id
    return f"{scope['method']} {scope.get('path_template') or 'unknown'}"
