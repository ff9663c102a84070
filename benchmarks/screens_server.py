"""The server that the screens are measured with, in a process of its own, as it runs in service.

`python -m benchmarks.screens_server DSN KEYS_FILE` says on its output which port it serves. Each line of its input is a
person's id: a check-in of theirs begins, and is matched a moment later; the answer is when that was committed.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import structlog
import uvicorn
import uvloop

from adapters.http.app import create_app
from adapters.http.connections import PatientProtocol
from adapters.http.live_sockets import FeedServer
from adapters.record import Record, open_record
from adapters.settings import load_settings
from adapters.web.resources import web_router
from adapters.wiring import join, recogniser
from domain import check_in as check_ins
from domain.face import Box, Quality
from domain.matching import Evidence, Match

JUDGED_IN_S = 0.15
"""How long the made-up judging takes; nobody is compared with anybody here."""
_EVIDENCE = Evidence(
    model="none", threshold=0.5, margin_required=0.05, distance=0.31, margin=0.2, confidence=0.9, gallery_people=3
)
_QUALITY = Quality(sharpness=210.5, brightness=120.0, overexposed=0.01, face_px=180.0, detection=0.99)
_BOX = Box(10.0, 20.0, 190.0, 230.0)


class Serving(msgspec.Struct, frozen=True):
    port: int


class Committed(msgspec.Struct, frozen=True):
    """When the match was committed, in nanoseconds since 1970: a clock that the browser has too."""

    at_ns: int


async def serve(dsn: str, keys_file: Path) -> None:
    async with open_record(dsn, keys_file) as record:
        settings = msgspec.structs.replace(load_settings(), data_dir=keys_file.parent, keys_file=keys_file)
        services = join(settings, record, recogniser(settings))
        app = create_app(services, pages=[web_router()])
        config = uvicorn.Config(app, http=PatientProtocol, log_config=None, access_log=False, lifespan="on")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = FeedServer(config, services.live)
            serving = asyncio.create_task(server.serve([listener]))
            while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
                await asyncio.sleep(0.01)
            _say(Serving(listener.getsockname()[1]))
            while (line := await asyncio.to_thread(sys.stdin.readline)).strip():
                _say(Committed(await _check_in(record, UUID(line.strip()))))
            server.should_exit = True
            await serving


async def _check_in(record: Record, person: UUID) -> int:
    station, burst_id = uuid4(), uuid4().hex
    id = check_ins.check_in_id(station, burst_id)
    events = check_ins.start(
        station_id=station, burst_id=burst_id, request_digest="d", claimed=person, captured_at=None, at=_now()
    )
    await record.store.append(id, 0, events)
    started = check_ins.replay(id, events)
    assert started is not None
    await asyncio.sleep(JUDGED_IN_S)
    decided = check_ins.decide_identity(
        started, Match(person, _EVIDENCE), quality=_QUALITY, box=_BOX, timings_ms={"detect": 4.0}, at=_now()
    )
    await record.store.append(id, started.version, decided)
    return time.time_ns()


def _now() -> datetime:
    return datetime.now(UTC)


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
        uvloop.run(serve(sys.argv[1], Path(sys.argv[2])))


if __name__ == "__main__":
    main()
