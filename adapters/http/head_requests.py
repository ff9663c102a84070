"""HEAD: what GET would answer, without its body (RFC 9110, section 9.3.2)."""

from __future__ import annotations

from collections.abc import Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """Asks the handler of GET, ends the answer with its head, and names HEAD wherever GET is allowed.

    The scope itself says GET meanwhile: what is learnt of a request lies in it, and would be lost with a copy.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _naming_head(message["headers"])
            await send(message)

        async def end_with_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope["method"] = "HEAD"
                await complete(message)
                # At once, so that a stream without end is told that nobody reads it.
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        if scope["method"] != "HEAD":
            await self._app(scope, receive, complete)
            return
        scope["method"] = "GET"
        try:
            await self._app(scope, receive, end_with_head)
        finally:
            scope["method"] = "HEAD"


def _naming_head(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, _with_head(value) if name.lower() == b"allow" else value) for name, value in headers]


def _with_head(allowed: bytes) -> bytes:
    methods = {method.strip() for method in allowed.split(b",")}
    return b", ".join(sorted(methods | {b"HEAD"} if b"GET" in methods else methods))
