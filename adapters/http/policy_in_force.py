"""The policy as a request of the dashboard found it, for whatever of a page depends on it."""

from __future__ import annotations

from contextvars import ContextVar

from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler

from adapters.http.auth import Connection, Guard, caller_in
from application.ports import Policies
from domain.policy import Policy

IN_FORCE: ContextVar[Policy | None] = ContextVar("policy in force", default=None)


def remember_policy(policies: Policies) -> Guard:
    """The guard from which on a page knows the policy; who is not staff, analyst or admin sees none of it."""

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        caller = caller_in(connection.scope) if connection.scope["type"] == ScopeType.HTTP else None
        looks = caller is not None and caller.role in ("staff", "analyst", "admin")
        # Set in either case: a request that waited in its connection has the context of the one before.
        IN_FORCE.set(await policies.current() if looks else None)

    return guard
