"""The live feed over HTTP: WebSockets, Server-Sent Events, and what holds now."""

from __future__ import annotations

import asyncio
import random
from typing import Annotated, Any
from uuid import UUID

import psycopg
from litestar import Controller, WebSocket, get, websocket
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from adapters.http.auth import Connection, allowed, caller_of
from adapters.http.json_request import JsonRequest
from adapters.http.live_events import MEDIA_TYPE, EventWatcher, event_stream
from adapters.http.live_sockets import CLOSE_CODES, SocketWatcher, live_socket
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem
from adapters.http.rate_limits import RateLimits, may_join
from adapters.http.services import Services
from adapters.live.audience import Ending, Watcher
from adapters.live.feed import LiveFeed
from adapters.live.messages import OwnSnapshot, StaffSnapshot

Socket = WebSocket[Any, Any, Any]  # Litestar's connections are typed by nobody
MOST_POSITION = 2**53 - 1
After = Annotated[
    int | None,
    QueryParameter(ge=0, le=MOST_POSITION, description="resume after this position; without it a snapshot comes first"),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="what a browser resumes after; it goes before `after`"),
]
ForSeconds = Annotated[
    int | None,
    QueryParameter(ge=0, le=3600, description="end after so many seconds, and after all that there was to tell"),
]


class LiveController(Controller):
    """What has no end is documented in asyncapi.json, and not in openapi.json."""

    path = "/api/live"
    tags = ("live",)

    @websocket("/mine", opt=allowed_to("person"))
    async def mine(self, socket: Socket, services: NamedDependency[Services]) -> None:
        await _watch(socket, services.live, services.accounts.limits)

    @websocket("/staff", opt=allowed_to("staff", "admin"))
    async def staff(self, socket: Socket, services: NamedDependency[Services]) -> None:
        await _watch(socket, services.live, services.accounts.limits)

    @get(
        "/mine/events",
        include_in_schema=False,
        media_type=MEDIA_TYPE,
        opt=allowed_to("person", problems=("not-ready",)),
    )
    async def mine_events(
        self,
        request: JsonRequest,
        services: NamedDependency[Services],
        after: After = None,
        last_event_id: LastEventId = None,
        for_s: ForSeconds = None,
    ) -> Stream:
        return _stream(request, services.live, _position(last_event_id, after), for_s)

    @get(
        "/staff/events",
        include_in_schema=False,
        media_type=MEDIA_TYPE,
        opt=allowed_to("staff", "admin", problems=("not-ready",)),
    )
    async def staff_events(
        self,
        request: JsonRequest,
        services: NamedDependency[Services],
        after: After = None,
        last_event_id: LastEventId = None,
        for_s: ForSeconds = None,
    ) -> Stream:
        return _stream(request, services.live, _position(last_event_id, after), for_s)

    @get(
        "/mine/state",
        operation_id="getMyState",
        summary="A person's own check-ins of the last day, and the position to resume after",
        opt=allowed_to("person", problems=("not-ready",)),
    )
    async def my_state(self, request: JsonRequest, services: NamedDependency[Services]) -> OwnSnapshot:
        snapshot = (await services.live.snapshot(_person(request))).message
        assert isinstance(snapshot, OwnSnapshot)
        return snapshot

    @get(
        "/staff/state",
        operation_id="getStaffState",
        summary="The latest check-ins of the last day, and the position to resume after",
        opt=allowed_to("staff", "admin", problems=("not-ready",)),
    )
    async def staff_state(self, services: NamedDependency[Services]) -> StaffSnapshot:
        snapshot = (await services.live.snapshot(None)).message
        assert isinstance(snapshot, StaffSnapshot)
        return snapshot


async def _watch(socket: Socket, feed: LiveFeed, limits: RateLimits | None) -> None:
    """Accepts first: a browser cannot read why a socket was refused before that."""
    await socket.accept()
    wire = live_socket(socket)
    admitted = await _admitted(socket)
    after = socket.query_params.get("after")
    if not may_join(limits, socket):
        wire.shut(CLOSE_CODES["too-often"], "too-often")
        return
    if isinstance(admitted, str):
        wire.shut(CLOSE_CODES[admitted], admitted)
        return
    if after is not None and not _is_position(after):
        wire.shut(CLOSE_CODES["malformed"], "after is a position")
        return
    watcher = SocketWatcher(wire, admitted, feed)
    joining = asyncio.create_task(feed.join(watcher, None if after is None else int(after)))
    try:
        while await _still_there(socket, watcher, feed.times.ask_again_s):
            pass
    finally:
        joining.cancel()
        feed.leave(watcher)


async def _still_there(socket: Socket, watcher: Watcher, ask_again_s: float) -> bool:
    try:
        async with asyncio.timeout(ask_again_s * random.uniform(0.7, 1.0)):  # not everybody at once
            message = await socket.receive()
    except TimeoutError:
        await _ask_again(socket, watcher)
        return True
    if message["type"] == "websocket.disconnect":
        return False
    watcher.end("unasked")
    return True


async def _ask_again(connection: Connection, watcher: Watcher) -> None:
    """While the database cannot be asked, nothing is told either."""
    admitted = await _admitted(connection)
    if isinstance(admitted, str) and admitted != "not-ready":
        watcher.end(admitted)


async def _admitted(connection: Connection) -> UUID | Ending | None:
    """Whose own feed it is, None for the feed of staff; or why there is none."""
    try:
        caller = await allowed(connection)
    except HttpProblem as problem:
        return "unauthenticated" if problem.facts.code == "unauthenticated" else "forbidden"
    except psycopg.OperationalError:
        return "not-ready"
    return caller.subject if caller.role == "person" else None


def _stream(request: JsonRequest, feed: LiveFeed, after: int | None, for_s: int | None) -> Stream:
    watcher = EventWatcher(_person(request), feed)

    async def still_allowed(watcher: Watcher) -> None:
        await _ask_again(request, watcher)

    stream = event_stream(watcher, feed, after, for_s=for_s, still_allowed=still_allowed)
    return Stream(stream, media_type=MEDIA_TYPE, headers={"x-accel-buffering": "no"})


def _person(request: JsonRequest) -> UUID | None:
    caller = caller_of(request)
    return caller.subject if caller.role == "person" else None


def _position(last_event_id: str | None, after: int | None) -> int | None:
    """An id that is no position is none of ours, and resumes nothing."""
    return int(last_event_id) if last_event_id is not None and _is_position(last_event_id) else after


def _is_position(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text[:20]) <= MOST_POSITION
