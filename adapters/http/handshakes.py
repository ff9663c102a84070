"""Which requests become WebSockets: those that ask for a feed, with a handshake that can be answered (RFC 6455)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from urllib.parse import unquote

from litestar.handlers import WebsocketRouteHandler
from litestar.utils import normalize_path
from websockets.http11 import Request
from websockets.server import ServerProtocol

from adapters.http.live import LiveController
from adapters.http.problem_document import ProblemFacts


def is_feed(target: bytes) -> bool:
    """Anything else is answered as if no upgrade had been asked for, which HTTP allows."""
    path = unquote(target.partition(b"?")[0].decode("latin-1"))
    return normalize_path(path) in feed_paths()


@cache
def feed_paths() -> frozenset[str]:
    handlers = [part for part in vars(LiveController).values() if isinstance(part, WebsocketRouteHandler)]
    return frozenset(normalize_path(LiveController.path + path) for handler in handlers for path in handler.paths)


def handshake_fault(target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> ProblemFacts | None:
    """Why it cannot be answered with 101: asked of what will answer it, which has limits of its own."""
    lines = [b"GET " + target + b" HTTP/1.1", *(name + b": " + value for name, value in headers)]
    trial = ServerProtocol()
    trial.receive_data(b"\r\n".join([*lines, b"", b""]))
    asked = next((event for event in trial.events_received() if isinstance(event, Request)), None)
    if asked is not None and trial.accept(asked).status_code == 101:
        return None
    error = trial.parser_exc or trial.handshake_exc
    return ProblemFacts(code="request-malformed", detail=f"the WebSocket's handshake cannot be taken: {error}"[:300])
