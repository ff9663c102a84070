"""Who asks, and whether they may: guards that run before a body is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from adapters.http.access_tokens import Caller
from adapters.http.operation import operation_of
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.request_record import record_of

# A connection's user, auth and state are typed by nobody before the guard has run.
Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]
Authenticator = Callable[[Connection], Awaitable[Caller | None]]
"""None where the request carries no credential of its kind; `unauthenticated` where it does and it is not valid."""
_CALLER = "caller"


def role_guard(authenticators: Sequence[Authenticator]) -> Guard:
    """Answers 401 to nobody and 403 where the role may not; an operation that declares nothing is shut.

    The first authenticator that finds its kind of credential decides who asks.
    """

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        if isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}:
            return
        operation = operation_of(handler)
        if operation is not None and operation.roles is None:
            return
        caller = await _authenticated(connection, authenticators)
        record_of(connection.scope).role = caller.role
        if operation is None or operation.roles is None or caller.role not in operation.roles:
            raise HttpProblem(ProblemFacts(code="forbidden", detail=f"the role {caller.role} may not do this"))
        connection.scope["state"][_CALLER] = caller

    return guard


def caller_of(connection: Connection) -> Caller:
    caller: Caller = connection.scope["state"][_CALLER]
    return caller


def station_of(connection: Connection) -> UUID:
    """The station whose token was presented."""
    caller = caller_of(connection)
    assert caller.role == "station", "only operations of stations ask which station it is"
    return caller.subject


async def _authenticated(connection: Connection, authenticators: Sequence[Authenticator]) -> Caller:
    for authenticate in authenticators:
        caller = await authenticate(connection)
        if caller is not None:
            return caller
    raise HttpProblem(ProblemFacts(code="unauthenticated", detail="send Authorization: Bearer and a token"))
