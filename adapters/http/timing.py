"""The outermost ASGI wrapper: how long each answer took, whose trace it belongs to, and one log line about it."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, Message, Receive, Scope, Send

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


class Timing:
    """Outside of routing, so that a 404 and a 405 are timed and logged as well."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        record = begin_record(scope["headers"], scope["path"])
        attach_record(scope, record)

        async def watch() -> HTTPReceiveMessage:
            message: HTTPReceiveMessage = await receive()  # type: ignore[assignment]  # the scope is not a WebSocket's
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
                _log_answer(scope, record)


def _stamped(headers: Iterable[tuple[bytes, bytes]], record: RequestRecord) -> list[tuple[bytes, bytes]]:
    given = list(headers)
    named = {name.lower() for name, _ in given}
    return [
        *given,
        *((name, value) for name, value in _SECURITY_HEADERS if name not in named),
        (b"server-timing", _server_timing(record).encode()),
        (b"traceparent", record.traceparent.encode()),
    ]


def _server_timing(record: RequestRecord) -> str:
    stages = {**record.stages_ms, "total": record.elapsed_ms}
    return ", ".join(f"{name};dur={duration:.2f}" for name, duration in stages.items())


def _log_answer(scope: HTTPScope, record: RequestRecord) -> None:
    """The route's template and never its path: a path may name a person or a check-in."""
    status = _CLIENT_CLOSED_REQUEST if record.disconnected or record.status is None else record.status
    method = scope["method"]
    write = _log.error if status >= 500 and status != 503 else _log.info
    write(
        "answered",
        method=method if method in _METHODS else "OTHER",
        route=scope.get("path_template") or "unmatched",
        status=status,
        duration_ms=round(record.elapsed_ms, 2),
        role=record.role,
        problem=record.problem,
        stages_ms={name: round(duration, 2) for name, duration in record.stages_ms.items()},
    )
