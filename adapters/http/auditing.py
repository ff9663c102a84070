"""Records who changed what: every change that a caller other than a station asked for, in the change's transaction."""

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

from adapters.event_store.companion import COMPANION, Companion
from adapters.http.auth import Connection, Guard, caller_in
from adapters.http.request_record import record_of
from application.ports import Clock
from domain.audit import ActionRecorded, ActorRole, AuditEvent

Append = Callable[[UUID, int, Sequence[AuditEvent]], Awaitable[int]]
"""As EventStore.append."""
_TELLS_ITSELF = "tells_itself"
_CHANGES_ONE = "changes_one"
Answer = Response[Any]  # whatever a handler answers
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class _Asked:
    """A request whose change is to be recorded. `subject` is of whoever asks."""

    scope: HTTPScope
    handler: BaseRouteHandler
    role: ActorRole
    subject: UUID
    append: Append
    clock: Clock

    def entry_with(self, stream: UUID) -> ActionRecorded:
        """What goes with events of `stream`, before there is an answer."""
        return self._entry(stream if self.handler.opt.get(_CHANGES_ONE) else None)

    def entry_of(self, answer: Answer) -> ActionRecorded:
        return self._entry(_made(answer))

    def _entry(self, made: UUID | None) -> ActionRecorded:
        """Of what persons made nothing more is kept."""
        for_themselves = self.role == "person"
        return ActionRecorded(
            at=self.clock.now(),
            by=None if for_themselves else self.subject,
            role=self.role,
            action=_action(self.scope, self.handler),
            object=_named(self.scope["path_params"].values()) or (None if for_themselves else made),
            trace_id=record_of(self.scope).trace_id,
        )


_ASKED: ContextVar[tuple[_Asked, Companion] | None] = ContextVar("asked", default=None)


def tells_itself() -> dict[str, Any]:  # Litestar's `opt` is untyped
    """Goes into the `opt` of a handler whose own events say who did it, or that changes nothing of the record's."""
    return {_TELLS_ITSELF: True}


def changes_one() -> dict[str, Any]:  # Litestar's `opt` is untyped
    """Goes into the `opt` of a handler that makes or changes one thing which its path does not name.

    The stream that it appends to is that thing.
    """
    return {_CHANGES_ONE: True}


def remember_request(append: Append, clock: Clock) -> Guard:
    """The guard from which on what the request appends is committed together with its entry."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        asked = _asked(connection, handler, append, clock)
        companion = None if asked is None else Companion(asked.entry_with)
        # Set in either case: a request that waited in its connection has the context of the one before.
        COMPANION.set(companion)
        _ASKED.set(None if asked is None or companion is None else (asked, companion))

    return guard


async def record_change(answer: Answer) -> Answer:
    """Litestar's `after_request`: the entry of a change that was none of events. What failed has none.

    Where it cannot be recorded the answer is a failure, although the change was made. It holds nothing of its
    application: Litestar keeps one for a handler that several applications share.
    """
    found = _ASKED.get()
    if found is not None and (answer.status_code or 200) < 400:
        asked, companion = found
        async with companion.recording() as waiting:
            if waiting:
                COMPANION.set(None)
                await asked.append(uuid4(), 0, [asked.entry_of(answer)])
    return answer


def _asked(connection: Connection, handler: BaseRouteHandler, append: Append, clock: Clock) -> _Asked | None:
    scope = connection.scope
    if scope["type"] != ScopeType.HTTP or scope["method"] in _SAFE_METHODS:
        return None
    caller = caller_in(scope)
    if caller is None or caller.role == "station" or handler.opt.get(_TELLS_ITSELF):
        return None
    return _Asked(scope, handler, caller.role, caller.subject, append, clock)


def _named(in_path: Iterable[object]) -> UUID | None:
    return next((value for value in in_path if isinstance(value, UUID)), None)


def _made(answer: Answer) -> UUID | None:
    """What the answer says was made: its id, or the page that a form leads to."""
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
