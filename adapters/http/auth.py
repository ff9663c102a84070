"""Who asks, and whether they may: guards that run before a body is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import Scope

from adapters.http.access_tokens import Caller
from adapters.http.operation import Operation, operation_of
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.request_record import record_of

# A connection's user, auth and state are typed by nobody before the guard has run.
Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]
Authenticator = Callable[[Connection], Awaitable[Caller | None]]
"""None where the request carries no credential of its kind; `unauthenticated` where it does and it is not valid."""
_CALLER = "caller"
_FOUND = "found"
_ASK = "ask_who"


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
        ask = partial(_allowed, connection, operation, authenticators)
        connection.scope["state"][_ASK] = ask
        if connection.scope["type"] == ScopeType.WEBSOCKET:
            return  # a browser reads a refusal only where the socket was accepted first: its handler asks
        connection.scope["state"][_CALLER] = await ask()

    return guard


async def allowed(connection: Connection) -> Caller:
    """Who asks, asked again now: what lasts must end with the token or the sign-in. Raises HttpProblem."""
    caller: Caller = await connection.scope["state"][_ASK]()
    return caller


def caller_in(scope: Scope) -> Caller | None:
    """None where the operation is public: nobody was asked who they are."""
    caller: Caller | None = scope["state"].get(_CALLER)
    return caller


def found_in(scope: Scope) -> Caller | None:
    """Who asks, although they may not: None where that is not known."""
    found: Caller | None = scope["state"].get(_FOUND)
    return found


def caller_of(connection: Connection) -> Caller:
    caller: Caller = connection.scope["state"][_CALLER]
    return caller


def station_of(connection: Connection) -> UUID:
    """The station whose token was presented."""
    caller = caller_of(connection)
    assert caller.role == "station", "only operations of stations ask which station it is"
    return caller.subject


async def _allowed(
    connection: Connection, operation: Operation | None, authenticators: Sequence[Authenticator]
) -> Caller:
    caller = await _authenticated(connection, authenticators)
    connection.scope["state"][_FOUND] = caller
    if connection.scope["type"] == ScopeType.HTTP:
        record_of(connection.scope).role = caller.role
    if operation is None or operation.roles is None or caller.role not in operation.roles:
        raise HttpProblem(ProblemFacts(code="forbidden", detail=f"the role {caller.role} may not do this"))
    return caller


async def _authenticated(connection: Connection, authenticators: Sequence[Authenticator]) -> Caller:
    for authenticate in authenticators:
        caller = await authenticate(connection)
        if caller is not None:
            return caller
    raise HttpProblem(ProblemFacts(code="unauthenticated", detail="send Authorization: Bearer and a token, or sign in"))
