"""WebSockets that are told by writing frames made once: uvicorn's protocol, and the watcher behind each connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import cast
from uuid import UUID

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from adapters.http.auth import Connection
from adapters.live.audience import MOST_UNSENT_BYTES, Ending
from adapters.live.feed import LiveFeed
from adapters.live.frames import Framed

CLOSE_CODES: dict[Ending, int] = {
    "restart": 1012,
    "slow": 1013,
    "full": 1013,
    "unasked": 1003,
    "malformed": 4400,
    "unauthenticated": 4401,
    "forbidden": 4403,
    "not-ready": 1013,
    "too-often": 4429,
}
# What the protocol itself (RFC 6455) closes with, before we are asked.
PROTOCOL_CODES = {
    1002: "what came is no frame",
    1007: "the watcher sent text that is not UTF-8",
    1009: "the watcher sent something, and much",
    1011: "the server failed, or no ping was answered: come back with the last position",
}
_LONGEST_REQUEST_BYTES = 1_024
_CLOSES_WITHIN_S = 5.0
_EXTENSION = "facecheckin.socket"


class LiveSocket(WebSocketsSansIOProtocol):
    """Hands itself to the application: one message to three hundred sockets is then three hundred writes, no tasks.

    What is written past the protocol's own state is a whole frame of a connection without extensions.
    """

    close_timeout = _CLOSES_WITHIN_S

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = cast(dict[str, object], self.scope["extensions"])  # an extension may be anything
            extensions[_EXTENSION] = self

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_later()

    @property
    def closing(self) -> bool:
        return self.close_sent or self.transport.is_closing()

    def shut(self, code: int, reason: str) -> None:
        """Without waiting for the reader: what is unsent goes first, and after a while the connection goes with it."""
        if self.closing:
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        self._abort_later()

    def _abort_later(self) -> None:
        self.close_timer = self.loop.call_later(_CLOSES_WITHIN_S, self.transport.abort)


class SocketWatcher:
    """Implements adapters.live.audience.Watcher. What is unsent waits in the transport, up to a bound."""

    def __init__(self, wire: LiveSocket, person: UUID | None, feed: LiveFeed) -> None:
        self.person = person
        self.told = 0
        self._wire = wire
        self._transport = wire.transport
        self._feed = feed

    @property
    def ended(self) -> bool:
        return self._wire.closing

    def tell(self, messages: Sequence[Framed]) -> None:
        transport = self._transport
        if transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            self.end("slow")
        elif not (self._wire.close_sent or transport.is_closing()):
            one = len(messages) == 1
            transport.write(messages[0].websocket if one else b"".join([message.websocket for message in messages]))

    def end(self, why: Ending) -> None:
        if not self.ended:
            self._feed.figures.count(why)
            self._wire.shut(CLOSE_CODES[why], why)

    async def drained(self) -> None:
        """The transport says so below its low-water mark; whoever reads nothing for a while is too slow."""
        try:
            async with asyncio.timeout(_CLOSES_WITHIN_S):
                await self._wire.writable.wait()
        except TimeoutError:
            self.end("slow")


def live_socket(connection: Connection) -> LiveSocket:
    found = (connection.scope.get("extensions") or {}).get(_EXTENSION)
    assert isinstance(found, LiveSocket), "the server is a FeedServer"
    return found


class FeedServer(uvicorn.Server):
    """Answers WebSockets, and ends the feed before it waits for its connections: a stream of events has no end."""

    def __init__(self, config: uvicorn.Config, feed: LiveFeed) -> None:
        config.ws = LiveSocket
        config.ws_max_size = _LONGEST_REQUEST_BYTES
        config.ws_per_message_deflate = False
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._feed.end()
        await super().shutdown(sockets)
