"""The last answer of a connection: sent whole to a client who may still be sending, before the connection is closed.

Closed at once, with something unread, a connection is reset: the answer that said why would be lost on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from adapters.http.heads import MOST_TARGET_BYTES
from adapters.http.problem_document import ProblemFacts
from adapters.http.refused_requests import refuse_in

_LINGERS_S = 1.0
_OF_THE_CONNECTION = ("type", "asgi", "http_version", "server", "client", "scheme", "root_path")


class LastAnswer(asyncio.Transport):
    """Stands in for the connection's transport. Closed, it says that nothing more comes, and lingers."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        if self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(_LINGERS_S, self._transport.close)


def end_with(cycle: RequestResponseCycle, loop: asyncio.AbstractEventLoop) -> None:
    """What this cycle answers is the last; whoever reads the connection drops what still comes."""
    cycle.keep_alive = False
    cycle.transport = LastAnswer(cycle.transport, loop)


def refused_cycle(connection: HttpToolsProtocol, refusal: ProblemFacts) -> RequestResponseCycle:
    """For a request that never was whole, with as much of it as came: its method may not even be known."""
    path = connection.url.partition(b"?")[0][:MOST_TARGET_BYTES] or b"/"
    given: Mapping[str, object] = connection.scope
    scope = {
        **{name: given[name] for name in _OF_THE_CONNECTION},
        "method": "",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": b"",
        "headers": list(connection.headers),
        "state": connection.app_state.copy(),
    }
    refuse_in(scope, refusal)
    return RequestResponseCycle(
        scope=scope,  # type: ignore[arg-type]  # what HTTPScope asks for, put together
        transport=connection.transport,
        flow=connection.flow,
        logger=connection.logger,
        access_logger=connection.access_logger,
        access_log=connection.access_log,
        default_headers=connection.server_state.default_headers,
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=False,
        on_response=connection.on_response_complete,
    )
