"""Runs the HTTP server in this process: opens the record, warms the models, answers, and drains when told to stop."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from contextlib import suppress

import structlog
import uvicorn

from adapters import wiring
from adapters.commands.running import run
from adapters.cycle_collection import spare_what_exists
from adapters.data_subjects import join_data_subjects
from adapters.database_watch import until_database_gone
from adapters.event_store.migrate import migrate
from adapters.forgetting import forget_for_ever
from adapters.http.app import create_app
from adapters.http.connections import PatientProtocol
from adapters.http.live_sockets import FeedServer
from adapters.logs import log_as_json
from adapters.record import open_record
from adapters.settings import Settings
from adapters.settling import settle_for_ever
from adapters.web.resources import web_router
from application.expire import ExpireUndecided

DRAIN_S = 15
"""Longer than connections.py lets a body and an unread answer take then; whatever stops the server waits longer."""

_EXPIRE_EVERY_S = 10.0
_PR_SET_PDEATHSIG = 1
_log = structlog.get_logger("server")


def serve_forever(settings: Settings, open_recogniser: wiring.OpenRecogniser = wiring.recogniser) -> None:
    """SIGTERM and SIGINT stop it: what was accepted is answered first. Raises one of `wiring.OPERATOR_ERRORS`."""
    log_as_json()
    with wiring.open_database(settings) as dsn:
        applied = migrate(dsn)
        _log.info("database ready", migrations=applied)
        run(_serve(settings, dsn, open_recogniser))


async def _serve(settings: Settings, dsn: str, open_recogniser: wiring.OpenRecogniser) -> None:
    worker = open_recogniser(settings)
    async with open_record(dsn, settings.keys_file) as record:
        subjects = join_data_subjects(settings, record)
        completed = await subjects.complete_erasures()
        if completed:
            _log.warning("erasures that were cut short are complete", count=len(completed))
        services = wiring.join(settings, record, worker)
        server = FeedServer(_server_config(settings, create_app(services, pages=[web_router()])), services.live)

        # uvicorn raises a SIGTERM again once it has stopped: unhandled, that would end us before what is below is done.
        signal.signal(signal.SIGTERM, lambda *_: setattr(server, "should_exit", True))

        async def warm() -> None:
            try:
                await worker.start()
            except BaseException:
                server.should_exit = True
                raise
            _log.info("models warm", identity=worker.thresholds.model)

        async def end_without_database() -> None:
            try:
                await until_database_gone(settings)
            finally:
                server.should_exit = True

        spare_what_exists()
        warming = asyncio.create_task(warm())
        losing = asyncio.create_task(end_without_database())
        forgetting = asyncio.create_task(forget_for_ever(record, subjects))
        expiring = asyncio.create_task(_expire_for_ever(wiring.expire_undecided(settings, record)))
        settling = asyncio.create_task(settle_for_ever(services.sessions.settle))
        try:
            await server.serve()
        finally:
            losing.cancel()
            expiring.cancel()
            forgetting.cancel()
            settling.cancel()
            await services.identify.in_flight.drain()
            await services.read_emotion.in_flight.drain()
            await worker.stop()
        await warming
        with suppress(asyncio.CancelledError):
            await losing
        if not server.started:
            sys.exit(3)


async def _expire_for_ever(expire: ExpireUndecided) -> None:
    while True:
        await asyncio.sleep(_EXPIRE_EVERY_S)
        try:
            expired = await expire()
        except Exception:
            _log.exception("check-ins could not be expired, trying again")
            continue
        if expired:
            _log.warning("check-ins expired undecided", count=expired)


def end_with_parent() -> None:
    """Ask Linux for a SIGTERM when the parent ends, however it ends."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)


def _server_config(settings: Settings, app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # Litestar's ASGI types and uvicorn's differ in name only
        host=settings.host,
        port=settings.port,
        http=PatientProtocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
        timeout_keep_alive=75,
    )
