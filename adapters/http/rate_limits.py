"""How often each caller may ask: buckets of tokens for what they read, change, watch, and have no right to."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

import msgspec
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler

from adapters.http.access_tokens import Caller, Role
from adapters.http.auth import Connection, Guard, caller_in, found_in
from adapters.http.operation import operation_of
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.request_record import record_of

Kind = Literal["read", "change", "join", "refused"]
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_CALLERS = 10_000


class Allowance(msgspec.Struct, frozen=True):
    """`burst` at once, and `per_s` on average."""

    burst: int
    per_s: float


# A station delivers what a day without a network has left it: never the reason to slow it down.
ALLOWANCES: dict[tuple[Role | Literal["nobody"], Kind], Allowance] = {
    ("station", "read"): Allowance(600, 300.0),
    ("station", "change"): Allowance(600, 300.0),
    ("person", "read"): Allowance(120, 10.0),
    ("person", "change"): Allowance(60, 2.0),
    ("staff", "read"): Allowance(600, 50.0),
    ("staff", "change"): Allowance(300, 20.0),
    ("analyst", "read"): Allowance(300, 20.0),
    ("analyst", "change"): Allowance(60, 2.0),
    ("admin", "read"): Allowance(600, 50.0),
    ("admin", "change"): Allowance(300, 20.0),
    ("nobody", "read"): Allowance(600, 50.0),
    ("nobody", "change"): Allowance(120, 5.0),
    # Each is worth a snapshot, or all that was missed. Many dashboards may share a token, and come back at once.
    ("station", "join"): Allowance(60, 1.0),
    ("person", "join"): Allowance(60, 1.0),
    ("staff", "join"): Allowance(1_200, 10.0),
    ("analyst", "join"): Allowance(60, 1.0),
    ("admin", "join"): Allowance(1_200, 10.0),
    ("nobody", "join"): Allowance(600, 10.0),
    # Of whoever has no right to what they ask for, and of an address where nobody is known.
    ("nobody", "refused"): Allowance(600, 20.0),
}


class RateLimits:
    """In this process alone: several processes let through as many times more. Owned by one event loop.

    Of `most` callers the one that was silent for the longest is forgotten, and starts with a full bucket.
    """

    def __init__(
        self,
        allowances: dict[tuple[Role | Literal["nobody"], Kind], Allowance] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        most: int = _MOST_CALLERS,
    ) -> None:
        self._allowances = ALLOWANCES if allowances is None else allowances
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[tuple[str, Kind], tuple[float, float]] = OrderedDict()

    def take(self, role: Role | None, who: str, kind: Kind) -> tuple[dict[str, str], float]:
        """The headers that say what is left, and how many seconds to wait where nothing is (else 0)."""
        allowance = self._allowances[(role or "nobody", kind)]
        now = self._clock()
        level, at = self._buckets.get((who, kind), (float(allowance.burst), now))
        level = min(float(allowance.burst), level + (now - at) * allowance.per_s)
        wait_s = 0.0 if level >= 1.0 else (1.0 - level) / allowance.per_s
        level -= 1.0 if level >= 1.0 else 0.0
        self._buckets[(who, kind)] = (level, now)
        self._buckets.move_to_end((who, kind))
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        headers = {
            "RateLimit-Limit": str(allowance.burst),
            "RateLimit-Remaining": str(int(level)),
            "RateLimit-Reset": str(math.ceil((allowance.burst - level) / allowance.per_s)),
        }
        return headers, wait_s


def rate_guard(limits: RateLimits | None, asked: Guard) -> Guard:
    """`asked` is the guard that finds out who asks. Nobody in particular is an address.

    Whom it refuses has asked too, and empties another bucket: what is refused at an address, which may be a proxy's,
    takes nothing from those who are about to sign in there.
    """

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        scope = connection.scope
        operation = operation_of(handler)
        if limits is None or scope["type"] != ScopeType.HTTP or (operation is not None and operation.probe):
            await asked(connection, handler)
            return
        try:
            await asked(connection, handler)
        except HttpProblem:
            _take(limits, connection, None, _who(connection, found_in(scope)), "refused")
            raise
        caller = caller_in(scope)
        kind: Kind = "read" if scope["method"] in _SAFE_METHODS else "change"
        _take(limits, connection, None if caller is None else caller.role, _who(connection, caller), kind)

    return guard


def may_join(limits: RateLimits | None, connection: Connection) -> bool:
    """Whether one more WebSocket is let in, once it was asked whose it is; whether they may watch is not said here."""
    if limits is None:
        return True
    caller = found_in(connection.scope)
    return limits.take(None if caller is None else caller.role, _who(connection, caller), "join")[1] == 0.0


def _take(limits: RateLimits, connection: Connection, role: Role | None, who: str, kind: Kind) -> None:
    headers, wait_s = limits.take(role, who, kind)
    record_of(connection.scope).headers.update(headers)
    if wait_s > 0.0:
        raise HttpProblem(
            ProblemFacts(code="rate-limited", retry_after_s=wait_s, limit=float(headers["RateLimit-Limit"]))
        )


def _who(connection: Connection, caller: Caller | None) -> str:
    return f"address {address_of(connection)}" if caller is None else str(caller.subject)


def address_of(connection: Connection) -> str:
    """Of the peer; behind a proxy on this machine, of whom it names."""
    client = connection.client
    return "unknown" if client is None else client.host
