"""How long a connection may take for the head of a request, and how many connections there may be.

uvicorn waits for ever for a head that comes byte by byte. How long a body may take is limited in body_deadline.py.
"""

from __future__ import annotations

import asyncio

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.http.problem_document import MEDIA_TYPE, ProblemFacts, problem_document


class PatientProtocol(HttpToolsProtocol):
    """One connection of the server. Beyond `most_connections` the next is answered 503 before it has asked."""

    most_connections = 1000
    head_within_s = 10.0
    most_unread_bytes = 16 * 2**20
    """Of a body that goes on after its answer; uvicorn would read and drop it for ever. No operation takes as much."""

    _head_is_due: asyncio.TimerHandle | None = None
    _unread_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.write(_NO_MORE)
            transport.close()
            return
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_is_due is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()

    def on_headers_complete(self) -> None:
        self._forget_head()
        self._unread_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.cycle.response_complete:
            self._unread_bytes += len(body)
            if self._unread_bytes > self.most_unread_bytes:
                self.transport.abort()
        super().on_body(body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_is_due = self.loop.call_later(self.head_within_s, self.transport.abort)

    def _forget_head(self) -> None:
        if self._head_is_due is not None:
            self._head_is_due.cancel()
            self._head_is_due = None


def _refusal() -> bytes:
    facts = ProblemFacts(code="overloaded", detail="too many connections are open", retry_after_s=1.0)
    body = msgspec.json.encode(problem_document(facts, language="en"))
    head = (
        f"HTTP/1.1 503 Service Unavailable\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        f"retry-after: {facts.headers['Retry-After']}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


_NO_MORE = _refusal()
