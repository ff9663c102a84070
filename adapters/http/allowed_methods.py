"""The methods of a path, as OPTIONS tells them.

Litestar makes the handler of OPTIONS when it sees the first handler of a path, and that one knows of no later ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from litestar.enums import ScopeType
from litestar.routes import BaseRoute, HTTPRoute, WebSocketRoute
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.types.asgi_types import HTTPResponseStartEvent


class AllowedMethods:
    """Puts every method of the path into the Allow header of an answered OPTIONS.

    A feed that only a WebSocket can be opened to has no other method.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._feeds = frozenset(route.path for route in routes if isinstance(route, WebSocketRoute))
        self._methods = {
            route.path_format: ", ".join(sorted(route.methods)).encode()
            for route in routes
            if isinstance(route, HTTPRoute)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 204:
                kept = [(name, value) for name, value in message["headers"] if name.lower() != b"allow"]
                message["headers"] = [*kept, (b"allow", self._methods[scope["path_template"]])]
            await send(message)

        is_options = scope["type"] == ScopeType.HTTP and scope["method"] == "OPTIONS"
        if is_options and scope["path"].rstrip("/") in self._feeds:
            start: HTTPResponseStartEvent = {
                "type": "http.response.start",
                "status": 204,
                "headers": [(b"allow", b"OPTIONS")],
            }
            await send(start)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await self._app(scope, receive, complete if is_options else send)
