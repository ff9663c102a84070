"""A small server of a test's own: real uvicorn in a thread, hurried, over an application without a database."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from litestar import Litestar

from adapters.http.connections import PatientProtocol


class HurriedProtocol(PatientProtocol):
    most_connections = 3
    head_within_s = 0.15
    read_within_s = 0.3
    stopping_body_within_s = 0.15
    stopping_read_within_s = 0.15


@contextmanager
def serving(
    app: Litestar, *, http: type[PatientProtocol] = HurriedProtocol, drain_s: int | None = None
) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app,
            http=http,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=drain_s,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive(), "whoever is connected holds the stop"
