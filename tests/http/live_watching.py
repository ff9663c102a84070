"""A watcher of the live feed for tests, and check-ins to be told of; every message has to be one that is documented."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from adapters.http.access_tokens import Role
from adapters.http.asyncapi import asyncapi_document
from domain import check_in as check_ins
from tests.event_store import samples
from tests.http.live_server import LiveServer

Json = dict[str, Any]  # a tree of JSON
WITHIN_S = 30.0
DOCUMENT: Json = msgspec.json.decode(asyncapi_document())


def checked(channel: str, message: str | bytes) -> Json:
    """The message, which fits one that the channel documents."""
    told: Json = msgspec.json.decode(message)
    kinds = [
        name for name, it in DOCUMENT["components"]["messages"].items()
        if it["name"] == told["kind"] and name in DOCUMENT["channels"][channel]["messages"]
    ]  # fmt: skip
    (kind,) = kinds
    schema = {"$ref": f"#/components/schemas/{kind}", "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(told)
    return told


class Watching:
    """One WebSocket."""

    def __init__(self, socket: ClientConnection, channel: str) -> None:
        self._socket = socket
        self._channel = channel

    def next(self) -> Json:
        """The next message that is no heartbeat."""
        while True:
            told = checked(self._channel, self._socket.recv(timeout=WITHIN_S))
            if told["kind"] != "heartbeat":
                return told

    def until_caught_up(self) -> list[Json]:
        """What is told up to the first heartbeat: all that there was."""
        found = []
        while (told := checked(self._channel, self._socket.recv(timeout=WITHIN_S)))["kind"] != "heartbeat":
            found.append(told)
        return found

    def about(self, check_in: UUID, count: int) -> list[Json]:
        """The next messages about one check-in."""
        found: list[Json] = []
        while len(found) < count:
            told = self.next()
            if told.get("checkin_id") == str(check_in):
                found.append(told)
        return found

    def send(self, text: str) -> None:
        self._socket.send(text)

    def send_raw(self, frame: bytes) -> None:
        """What no client would send."""
        self._socket.socket.sendall(frame)

    def code(self) -> int:
        """Why it was closed, which the description has to tell; whatever is told before is let go."""
        code = self._code()
        assert code == 1006 or str(code) in DOCUMENT["channels"][self._channel]["x-close-codes"]
        return code

    def _code(self) -> int:
        try:
            while True:
                self._socket.recv(timeout=WITHIN_S)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 1006


@contextmanager
def watching(
    server: LiveServer, channel: str, token: str | None, *, query: str = "", headers: dict[str, str] | None = None
) -> Iterator[Watching]:
    given = {} if token is None else {"Authorization": f"Bearer {token}"}
    url = f"ws://127.0.0.1:{server.port}/api/live/{channel}/{query}"
    with connect(url, additional_headers={**given, **(headers or {})}, max_size=None) as socket:
        yield Watching(socket, channel)


@contextmanager
def as_role(server: LiveServer, channel: str, role: Role | None, *, query: str = "") -> Iterator[Watching]:
    token = None if role is None else server.callers[role].token
    with watching(server, channel, token, query=query) as found:
        yield found


def begin(server: LiveServer, *, claimed: UUID | None = None, station: UUID | None = None) -> UUID:
    """A check-in that is being judged now."""
    check_in = uuid4()
    started = check_ins.start(
        station_id=station or uuid4(),
        burst_id=str(check_in),
        request_digest="digest",
        claimed=claimed,
        captured_at=None,
        at=datetime.now(UTC),
    )
    server.run(server.record.store.append(check_in, 0, started))
    return check_in


def match(server: LiveServer, check_in: UUID, person: UUID) -> int:
    return server.run(server.record.store.append(check_in, 1, samples.matched(person)))


def until_told(server: LiveServer, position: int) -> None:
    """Return once whoever joins now is told of `position` at once."""
    deadline = time.monotonic() + WITHIN_S
    while server.services.live.position < position:
        assert time.monotonic() < deadline, "the feed does not get there"
        time.sleep(0.005)


def person_of(server: LiveServer, name: str) -> tuple[UUID, str]:
    """Somebody who is registered, and a token of theirs."""
    person = uuid4()
    position = server.run(
        server.record.store.append(person, 0, samples.registered(person, user_id=f"live-{person}", name=name))
    )
    server.run(server.record.projections.wait(position, WITHIN_S))
    return person, server.run(server.services.tokens.create("person", f"phone {person}", subject=person)).token
