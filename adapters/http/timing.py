"""The outermost ASGI wrapper: how long each answer took, whose trace it belongs to, and one log line about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, Message, Receive, Scope, Send

from adapters.http.auth import caller_in
from adapters.http.body_deadline import BODY_WITHIN_S, BodyDeadline
from adapters.http.request_record import RequestRecord, attach_record, begin_record

_SECURITY_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_CLIENT_CLOSED_REQUEST = 499
_METHODS = frozenset({"GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", "PATCH"})
_log = structlog.get_logger("http")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of one answer. `station`: who asked, where it was a station."""

    method: str
    route: str
    status: int
    duration_ms: float
    problem: str | None
    station: UUID | None


class Timing:
    """Outside of routing, so that a 404 and a 405 are timed and logged as well."""

    def __init__(
        self,
        app: ASGIApp,
        observe: Callable[[Answer], None] = lambda _: None,
        *,
        body_within_s: float = BODY_WITHIN_S,
    ) -> None:
        """`observe` is told every answer when it is over."""
        self._app = app
        self._body_within_s = body_within_s
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        record = begin_record(scope["headers"], scope["path"])
        attach_record(scope, record)

        body = BodyDeadline(receive, record, self._body_within_s)

        async def watch() -> HTTPReceiveMessage:
            message = await body.receive()
            if message["type"] == "http.disconnect" and record.status is None:
                record.disconnected = True
            return message

        async def stamp(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                message["headers"] = _stamped(message["headers"], record)
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=record.trace_id, span_id=record.span_id):
            try:
                await self._app(scope, watch, stamp)
            finally:
                answer = _answer(scope, record)
                _log_answer(answer, record)
                self._observe(answer)


def _stamped(headers: Iterable[tuple[bytes, bytes]], record: RequestRecord) -> list[tuple[bytes, bytes]]:
    given = list(headers)
    named = {name.lower() for name, _ in given}
    return [
        *given,
        *((name, value) for name, value in _SECURITY_HEADERS if name not in named),
        *((name.lower().encode(), value.encode()) for name, value in record.headers.items()),
        (b"server-timing", _server_timing(record).encode()),
        (b"traceparent", record.traceparent.encode()),
    ]


def _server_timing(record: RequestRecord) -> str:
    stages = {**record.stages_ms, "total": record.elapsed_ms}
    return ", ".join(f"{name};dur={duration:.2f}" for name, duration in stages.items())


def _answer(scope: HTTPScope, record: RequestRecord) -> Answer:
    """The route's template and never its path: a path may name a person or a check-in."""
    gone = record.disconnected or record.status is None
    caller = caller_in(scope)
    return Answer(
        method=scope["method"] if scope["method"] in _METHODS else "OTHER",
        route=scope.get("path_template") or "unmatched",
        status=_CLIENT_CLOSED_REQUEST if gone or record.status is None else record.status,
        duration_ms=record.elapsed_ms,
        problem=None if gone else record.problem,
        station=caller.subject if caller is not None and caller.role == "station" else None,
    )


def _log_answer(answer: Answer, record: RequestRecord) -> None:
    write = _log.error if answer.status >= 500 and answer.status != 503 else _log.info
    write(
        "answered",
        method=answer.method,
        route=answer.route,
        status=answer.status,
        duration_ms=round(answer.duration_ms, 2),
        role=record.role,
        problem=answer.problem,
        stages_ms={name: round(duration, 2) for name, duration in record.stages_ms.items()},
    )
