"""Servers of the live feed that a test starts, stops and breaks; each stands for a process of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import cast

import msgspec
import uvicorn
from litestar import Litestar
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.psycopg import PsycoPgChannelsBackend

from adapters.http.services import Services
from adapters.live.feed import FeedTimes
from adapters.record import Record
from adapters.settings import Settings
from adapters.wiring import join
from inference.worker import InferenceWorker
from tests.http.live_server import FullQueue, LiveServer, live_server

CHANNEL = "updates"
QUICK = FeedTimes(heartbeat_s=0.2, poll_s=0.5, ask_again_s=1.0)


def feeding_server(dsn: str, key_file: Path, times: FeedTimes = QUICK) -> AbstractContextManager[LiveServer]:
    """One API process: its own record, its own feed, its own event loop."""

    @asynccontextmanager
    async def opened(record: Record) -> AsyncIterator[Services]:
        settings = Settings(data_dir=key_file.parent, models_dir=Path(), keys_file=key_file)
        services = join(settings, record, cast(InferenceWorker, FullQueue()))  # no test here asks for a model
        services.live.times = times
        yield services

    return live_server(dsn, key_file, opened)


class PluginServer(msgspec.Struct, frozen=True):
    """The rival: Litestar's channels plugin over the same database."""

    port: int
    plugin: ChannelsPlugin
    loop: asyncio.AbstractEventLoop

    def publish(self, position: int) -> None:
        self.loop.call_soon_threadsafe(self.plugin.publish, str(position), CHANNEL)


@contextmanager
def plugin_server(dsn: str) -> Iterator[PluginServer]:
    plugin = ChannelsPlugin(PsycoPgChannelsBackend(dsn), channels=[CHANNEL], create_ws_route_handlers=True)
    app = Litestar(plugins=[plugin], openapi_config=None, logging_config=None)
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="websockets-sansio", log_config=None, lifespan="on"))
    started: Future[PluginServer] = Future()

    async def serve() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        started.set_result(PluginServer(port, plugin, asyncio.get_running_loop()))
        await serving

    thread = threading.Thread(target=asyncio.run, args=[serve()], name="channels plugin", daemon=True)
    thread.start()
    try:
        yield started.result(30)
    finally:
        server.should_exit = server.force_exit = True  # once its listener has died, its own shutdown fails
        thread.join(10)
