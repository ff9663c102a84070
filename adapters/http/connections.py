"""What one connection may take: a place among the others, time and bytes for a head, and time to read its answers.

uvicorn waits for ever for a head that comes byte by byte, takes one of any size, and for ever writes to whoever does
not read. How long a body may take is limited in body_deadline.py.
"""

from __future__ import annotations

import asyncio

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from adapters.http.handshakes import handshake_fault, is_feed
from adapters.http.heads import MOST_HEAD_BYTES, MOST_TARGET_BYTES, endless_head, head_fault
from adapters.http.last_answer import LastAnswer, end_with, refused_cycle
from adapters.http.places import no_place
from adapters.http.problem_document import ProblemFacts
from adapters.http.refused_requests import STOPPING, refuse_in
from adapters.http.unread_answers import UnreadAnswer

_NOT_HTTP = ProblemFacts(code="request-malformed", detail="this cannot be read as HTTP")


class PatientProtocol(HttpToolsProtocol):
    """One connection of the server. Whatever it refuses by itself, the application answers, as its last answer."""

    most_connections = 1000
    most_connections_of_one = 400
    """From one address, which may be a whole lecture hall's."""

    head_within_s = 10.0
    most_unread_bytes = 16 * 2**20
    """Of what goes on after its answer; uvicorn would read and drop it for ever. No operation takes as much."""

    read_within_s = 15.0
    stopping_body_within_s = 3.0
    stopping_read_within_s = 3.0

    _head_is_due: asyncio.TimerHandle | None = None
    _unread_bytes = 0
    _unplaced_bytes = 0
    """Received since the last head or piece of a body was whole: only a head, a trailer or framing has so many."""
    _head_bytes = 0
    _in_body = False
    _upgrades = False
    _ending = False
    _stopping = False
    _unread: UnreadAnswer
    _answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._unread = UnreadAnswer(transport, self.loop, self.read_within_s)
        refusal = self._no_place()
        if refusal is None:
            self._expect_head()
        elif len(self.connections) > 2 * self.most_connections:
            transport.abort()  # even those that are only told so have their bound
        else:
            self.on_message_begin()
            self._refuse(refusal)

    def data_received(self, data: bytes) -> None:
        if self._ending:
            self._drop(len(data))
            return
        self._unplaced_bytes += len(data)
        super().data_received(data)
        if self._ending or self._upgrades:
            return
        if self._unplaced_bytes > MOST_HEAD_BYTES:
            self._refuse(endless_head())
        elif self._head_is_due is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        self._in_body = self._upgrades = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A trailer is no header: it came after the request was judged."""
        if self._in_body:
            return
        self._head_bytes += len(name) + len(value) + len(b": \r\n")
        if self._head_bytes <= MOST_HEAD_BYTES:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._forget_head()
        self._unread_bytes = self._unplaced_bytes = 0
        self._in_body = True
        if self._ending:
            return
        refusal = head_fault(self.url, self.headers, self._head_bytes, self.parser.get_http_version())
        if refusal is None and self.parser.should_upgrade() and super()._should_upgrade() and self._asks_for_a_feed():
            refusal = handshake_fault(self.url, self.headers)
            self._upgrades = refusal is None
        if refusal is not None:
            self.url = self.url[:MOST_TARGET_BYTES]
            refuse_in(self.scope, refusal)
        super().on_headers_complete()
        if refusal is not None:
            self._end_with(self.cycle)
        elif self._stopping and not self._upgrades:
            self._hurry_body()

    def on_body(self, body: bytes) -> None:
        self._unplaced_bytes = 0
        if self.cycle.response_complete:
            self._drop(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unplaced_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._unread.watch()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn passes its own words
        self._refuse(_NOT_HTTP)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._unread.watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread.forget()

    def shutdown(self) -> None:
        """What came whole is answered. A body that is still on its way, and an answer that nobody reads, must hurry."""
        self._stopping = True
        super().shutdown()
        self._unread.hurry(self.stopping_read_within_s)
        if self.transport.is_closing():
            self._unread.watch()
        else:
            self._hurry_body()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        if self._answering is not None:  # uvicorn tells the newest alone, and this may be one before it
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)
        self._unread.forget()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _should_upgrade(self) -> bool:
        return self._upgrades

    def _unsupported_upgrade_warning(self) -> None:
        """The parser takes all that follows for another protocol, so that nothing more can be asked here."""
        if not self._ending:
            self._end_with(self.cycle)

    def _asks_for_a_feed(self) -> bool:
        return bool(self.parser.get_method() == b"GET") and is_feed(self.url)

    def _no_place(self) -> ProblemFacts | None:
        if len(self.connections) <= min(self.most_connections, self.most_connections_of_one):
            return None
        hosts = [_host(other) for other in self.connections]
        proxies = self.config.forwarded_allow_ips
        return no_place(
            _host(self),
            hosts,
            proxies if isinstance(proxies, str) else ",".join(proxies),
            most=self.most_connections,
            most_of_one=self.most_connections_of_one,
        )

    def _refuse(self, refusal: ProblemFacts) -> None:
        """What is being read will not be whole: the refusal is its answer, after those that are owed before it."""
        if self._ending or self.transport.is_closing():
            return
        self._forget_head()
        newest: RequestResponseCycle | None = self.cycle
        owed = newest is not None and not newest.response_complete
        if newest is not None and newest.more_body:
            if newest.response_started:
                self._ending = True
                LastAnswer(self.transport, self.loop).close() if newest.response_complete else self.transport.abort()
                return
            owed = bool(self.pipeline)
            if owed:
                self.pipeline.popleft()
            newest.disconnected = True  # to its handler it is as if the caller had left
            newest.message_event.set()
        self.cycle = refused_cycle(self, refusal)
        self._end_with(self.cycle)
        if owed:
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _end_with(self, cycle: RequestResponseCycle) -> None:
        self._ending = True
        end_with(cycle, self.loop)

    def _hurry_body(self) -> None:
        """For the newest request: those before it are whole."""
        self.cycle.keep_alive = False
        self.loop.call_later(self.stopping_body_within_s, self._stop_waiting, self.cycle)

    def _stop_waiting(self, cycle: RequestResponseCycle) -> None:
        if cycle is self.cycle and cycle.more_body and not cycle.response_started:
            self._refuse(STOPPING)

    def _drop(self, size: int) -> None:
        self._unread_bytes += size
        if self._unread_bytes > self.most_unread_bytes:
            self.transport.abort()

    def _expect_head(self) -> None:
        self._head_is_due = self.loop.call_later(self.head_within_s, self.transport.abort)

    def _forget_head(self) -> None:
        if self._head_is_due is not None:
            self._head_is_due.cancel()
            self._head_is_due = None


def _host(connection: object) -> str | None:
    """Of any of uvicorn's protocols."""
    client = getattr(connection, "client", None)
    return None if client is None else str(client[0])
