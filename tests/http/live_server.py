"""A real server for tests: uvicorn in a thread, over a real database and the services it is given."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import msgspec
import uvicorn
import uvloop

from adapters.http.access_tokens import ROLES, NewToken, Role
from adapters.http.app import create_app
from adapters.http.connections import PatientProtocol
from adapters.http.live_sockets import FeedServer
from adapters.http.services import Readiness, Services
from adapters.record import Record, open_record
from adapters.web.resources import web_router
from application.ports import LIVE, Embeddings, Look, Mood, Overloaded, Refused, Turn
from domain.face import Box
from domain.matching import Thresholds
from tests.http.contract_recorder import ASKED_AS, ContractRecorder

T = TypeVar("T")
RETRY_AFTER_S = 2.5
OpenServices = Callable[[Record], AbstractAsyncContextManager[Services]]


class FullQueue:
    """A recogniser whose queue is always full: with it everything can be met, except the answer of a model."""

    ready = True
    waiting = 16
    thresholds = Thresholds(
        model="none", verify=0.5, identify=0.5, margin=0.1, false_match_rate=0.001, midpoint=0.5, slope=10.0
    )

    def admit(self, *, backlog: bool = False) -> None:
        """It fills up just before anybody's turn."""

    def room(self, turn: Turn) -> AbstractContextManager[Turn]:
        return nullcontext(turn)

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0, turn: Turn = LIVE) -> Look | Refused:
        raise Overloaded(RETRY_AFTER_S)

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None, *, turn: Turn = LIVE) -> Mood | Refused:
        raise Overloaded(RETRY_AFTER_S)


class Ready:
    """What the server says of itself; a test may change it."""

    def __init__(self) -> None:
        self.now = Readiness(database=True, migrations=True, models=True)

    async def __call__(self) -> Readiness:
        return self.now


class LiveServer(msgspec.Struct, frozen=True, kw_only=True):
    """`callers` holds a token for each role."""

    port: int
    callers: dict[Role, NewToken]
    services: Services
    record: Record
    ready: Ready
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Something to do on the server's own event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def client(self, role: Role | None = None, *, headers: dict[str, str] | None = None) -> httpx.Client:
        given = {} if role is None else {"authorization": f"Bearer {self.callers[role].token}", ASKED_AS: role}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers={**given, **(headers or {})}, timeout=30)


@contextmanager
def live_server(
    dsn: str, key_file: Path, open_services: OpenServices, names: Mapping[Role, str] | None = None
) -> Iterator[LiveServer]:
    """`names`: of the tokens, where somebody reads them."""
    started: Future[LiveServer] = Future()
    stop = threading.Event()

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            try:
                runner.run(_serve(dsn, key_file, open_services, names or {}, started, stop))
            except BaseException as error:
                if started.done():
                    raise
                started.set_exception(error)

    thread = threading.Thread(target=run, name="live-server")
    thread.start()
    try:
        yield started.result(60)
    finally:
        stop.set()
        thread.join(30)


async def _serve(
    dsn: str,
    key_file: Path,
    open_services: OpenServices,
    names: Mapping[Role, str],
    started: Future[LiveServer],
    stop: threading.Event,
) -> None:
    async with open_record(dsn, key_file) as record, open_services(record) as opened:
        ready = Ready()
        services = replace(opened, ready=ready)
        callers = {
            role: await services.tokens.create(role, names.get(role, f"the {role}"), subject=uuid4()) for role in ROLES
        }
        with socket.create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(
                ContractRecorder(create_app(services, pages=[web_router()])),
                http=PatientProtocol,
                log_config=None,
                access_log=False,
                lifespan="on",
            )
            server = FeedServer(config, services.live)
            serving = asyncio.create_task(server.serve([listener]))
            while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn has no event for it
                await asyncio.sleep(0.01)
            started.set_result(
                LiveServer(
                    port=listener.getsockname()[1],
                    callers=callers,
                    services=services,
                    record=record,
                    ready=ready,
                    loop=asyncio.get_running_loop(),
                )
            )
            await asyncio.to_thread(stop.wait)
            server.should_exit = True
            await serving


def subject_of(server: LiveServer, role: Role) -> UUID:
    return server.callers[role].caller.subject
