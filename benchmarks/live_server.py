"""The server that the live feed is measured with, in a process of its own; so that it can be killed, or be a rival.

`python -m benchmarks.live_server ours|plugin DSN FOLDER` says on its output which port it serves and with which token;
each line of its input is a number of check-ins to record, and is answered with when each event was committed.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import structlog
import uvicorn
import uvloop
from litestar import Litestar
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.psycopg import PsycoPgChannelsBackend

from adapters.http.access_tokens import AccessTokens
from adapters.http.app import create_app
from adapters.http.live_sockets import FeedServer
from adapters.live.messages import CheckIn
from adapters.record import Record, open_record
from adapters.settings import load_settings
from adapters.wiring import join, recogniser
from benchmarks.event_store_events import check_in_of
from domain.check_in import CheckInEvent, Started

EVERY_S = 0.1
"""A check-in begins so often; its decision comes half as long after."""
CHANNEL = "checkins"
Told = Callable[[CheckInEvent, UUID, int], Awaitable[None]]


class Serving(msgspec.Struct, frozen=True):
    port: int
    token: str


class Committed(msgspec.Struct, frozen=True):
    """When each position was committed, on the monotonic clock."""

    at_s: dict[int, float]


async def serve(rival: bool, dsn: str, folder: Path) -> None:
    async with open_record(dsn, folder / "keys.json") as record:
        tokens = AccessTokens(record.database)
        token = (await tokens.create("staff", "benchmark", subject=uuid4())).token
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            server, told = _plugin(dsn) if rival else _ours(record, folder)
            serving = asyncio.create_task(server.serve([listener]))
            while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
                await asyncio.sleep(0.01)
            _say(Serving(listener.getsockname()[1], token))
            while (line := await asyncio.to_thread(sys.stdin.readline)).strip():
                _say(Committed(await _record(record, int(line), told)))
            server.should_exit = server.force_exit = True  # the plugin's own shutdown may have no end
            await serving


def _ours(record: Record, folder: Path) -> tuple[uvicorn.Server, Told]:
    settings = msgspec.structs.replace(load_settings(), data_dir=folder, keys_file=folder / "keys.json")
    services = join(settings, record, recogniser(settings))

    async def told(event: CheckInEvent, stream: UUID, position: int) -> None:
        """The feed hears of it by itself."""

    return FeedServer(_configured(create_app(services)), services.live), told


def _plugin(dsn: str) -> tuple[uvicorn.Server, Told]:
    """As its documentation has it: one channel, a route of its own making, and a message for each event."""
    plugin = ChannelsPlugin(PsycoPgChannelsBackend(dsn), channels=[CHANNEL], create_ws_route_handlers=True)
    app = Litestar(plugins=[plugin], openapi_config=None, logging_config=None)

    async def told(event: CheckInEvent, stream: UUID, position: int) -> None:
        message = CheckIn(
            position=position,
            checkin_id=stream,
            station_id=uuid4(),
            place=None,
            status="processing" if isinstance(event, Started) else "checked_in",
            moment=event.at,
            started_at=event.at,
            decided_at=None,
            refusal_code=None,
            confidence=0.9,
            person=None,
        )
        plugin.publish(msgspec.json.encode(message), CHANNEL)

    return uvicorn.Server(_configured(app)), told


def _configured(app: Litestar) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        lifespan="on",
    )


async def _record(record: Record, check_ins: int, told: Told) -> dict[int, float]:
    """At an even pace, as people come through doors: a start, and its decision a little later."""
    at_s: dict[int, float] = {}
    people = [uuid4() for _ in range(20)]
    await asyncio.to_thread(record.keys.prepare, people)
    begun = time.monotonic()

    async def come_in(number: int) -> None:
        stream = uuid4()
        for version, event in enumerate(check_in_of(people[number % len(people)])[:2]):
            due = begun + (number + version / 2) * EVERY_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            position = await record.store.append(stream, version, [event])
            at_s[position] = time.monotonic()
            await told(event, stream, position)

    await asyncio.gather(*(come_in(number) for number in range(check_ins)))
    return at_s


def _say(answer: msgspec.Struct) -> None:
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    sys.stdout.flush()


def main() -> None:
    with Path(os.devnull).open("w") as nowhere:
        # Its log is written as in service, where nobody reads it: the output is for answers.
        structlog.configure(
            processors=[structlog.contextvars.merge_contextvars, structlog.processors.JSONRenderer()],
            logger_factory=structlog.PrintLoggerFactory(nowhere),
        )
        uvloop.run(serve(sys.argv[1] == "plugin", sys.argv[2], Path(sys.argv[3])))


if __name__ == "__main__":
    main()
