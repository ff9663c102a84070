"""A real HTTP server that plays the contract and, by script or by seed, every fault that a station meets."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import socket
import struct
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import get_args

from edge_device.record import Operation
from tests.station.office import TOKEN, FaultName, Office, Presented, Reply, problem

__all__ = ["FAULTS", "TOKEN", "FaultName", "FaultServer", "Reply", "Seen", "problem"]

STATION = uuid.UUID("7d4f3f0e-0000-4000-8000-000000000001")

FAULTS: tuple[FaultName, ...] = get_args(FaultName)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that arrived whole. `primary`: the digest of the first image in it."""

    operation: Operation
    request: dict[str, object]
    primary: str
    at_s: float
    priority: str
    traceparent: str


class FaultServer:
    """Effects are counted by what was photographed, not by what the station calls it: a doubled check-in shows."""

    def __init__(self, *, seed: int = 0, fault_share: float = 0.0, hang_s: float = 1.0) -> None:
        self.seen: list[Seen] = []
        self.effects: Counter[tuple[Operation, str]] = Counter()
        self.scripts: dict[Operation, deque[Reply | FaultName | None]] = {"identify": deque(), "emotion": deque()}
        self.always: Callable[[Seen], Reply | FaultName | None] = lambda _: None
        self.fault_share = fault_share
        self.hang_s = hang_s
        self._rng = random.Random(seed)
        self._lock = threading.RLock()
        self._recorded: dict[tuple[Operation, str], bytes] = {}
        self._digests: dict[tuple[Operation, str], str] = {}
        self._photographed: dict[str, str] = {}
        self.office = Office()
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[FaultServer]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def fault_for(self, seen: Seen) -> Reply | FaultName | None:
        with self._lock:
            self.seen.append(seen)
            if self.scripts[seen.operation]:
                return self.scripts[seen.operation].popleft()
            always = self.always(seen)
            if always is None and self._rng.random() < self.fault_share:
                return self._rng.choice(FAULTS)
        return always

    def take(self, seen: Seen) -> Reply:
        """Record once and answer what was recorded; the same key with another request is refused."""
        with self._lock:
            key = seen.request.get("burst_id" if seen.operation == "identify" else "checkin_id")
            digest = hashlib.sha256(json.dumps(seen.request, sort_keys=True).encode()).hexdigest()
            if isinstance(key, str) and (seen.operation, key) in self._recorded:
                if self._digests[seen.operation, key] != digest:
                    return problem(422, "burst-id-reused", "never")
                return Reply(200, self._recorded[seen.operation, key], {"content-type": "application/json"})
            answer = self._identify(seen, key) if seen.operation == "identify" else self._emotion(seen)
            if answer is None:
                return problem(404, "checkin-not-found", "never")
            body = json.dumps(answer).encode()
            if isinstance(key, str):
                self._recorded[seen.operation, key] = body
                self._digests[seen.operation, key] = digest
        return Reply(200, body, {"content-type": "application/json"})

    def _identify(self, seen: Seen, burst_id: object) -> dict[str, object]:
        self.effects["identify", seen.primary] += 1
        checkin_id = str(uuid.uuid5(STATION, burst_id) if isinstance(burst_id, str) else uuid.uuid4())
        self._photographed[checkin_id] = seen.primary
        return {
            "match": True,
            "confidence": 0.97,
            "identity_id": "6a0c3a1e-0000-4000-8000-000000000002",
            "checkin_id": checkin_id,
            "burst_id": burst_id,
            "decision": "match",
            "name": "Ada",
            "distance": 0.31,
            "threshold": 0.55,
            "margin": 0.4,
            "model": "resnet-29.v1",
            "timings_ms": {"detect": 4.0, "embed": 6.5},
        }

    def _emotion(self, seen: Seen) -> dict[str, object] | None:
        checkin_id = str(seen.request["checkin_id"])
        if checkin_id not in self._photographed:
            return None
        self.effects["emotion", self._photographed[checkin_id]] += 1
        return {
            "dominant_emotion": "happy",
            "probabilities": {"happy": 0.8, "neutral": 0.2},
            "spread": {"happy": 0.05, "neutral": 0.05},
            "frames": 6,
            "checkin_id": checkin_id,
            "timings_ms": {"classify": 8.0},
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed in the middle of a request is what these tests are about."""


def _handler(server: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            presented = Presented("GET", self.path, dict(self.headers.items()), b"")
            if server.office.keeps(self.path):
                self._misbehave(server.office.fault(), lambda: server.office.answer(presented))
                return
            self._answer(Reply(200, b"{}", {"content-type": "application/json"}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if len(body) < int(self.headers["content-length"]):
                self.close_connection = True
                return
            presented = Presented("POST", self.path, dict(self.headers.items()), body)
            if server.office.keeps(self.path):
                self._misbehave(server.office.fault(), lambda: server.office.answer(presented))
                return
            refusal = server.office.refusal(presented)
            if refusal is not None:
                self._answer(refusal)
                return
            seen = _seen(self.path, body, self.headers)
            if seen is None:
                self._answer(problem(400, "request-malformed", "never"))
                return
            self._misbehave(server.fault_for(seen), lambda: server.take(seen))

        def _misbehave(self, fault: Reply | FaultName | None, take: Callable[[], Reply]) -> None:
            match fault:
                case Reply():
                    self._answer(fault)
                case None:
                    self._answer(take())
                case "500-before":
                    self._answer(problem(500, "internal", "same_request"))
                case "503":
                    self._answer(problem(503, "overloaded", "same_request", headers={"retry-after": "0"}))
                case "429":
                    self._answer(problem(429, "too-many-requests", "same_request", headers={"retry-after": "0"}))
                case "portal":
                    self._answer(Reply(200, b"<html>Please log in</html>", {"content-type": "text/html"}))
                case "500-after":
                    take()
                    self._answer(problem(500, "internal", "same_request"))
                case "cut":
                    self._cut(take())
                case "hang-after":
                    take()
                    time.sleep(server.hang_s)
                    self._reset()
                case "reset-before":
                    self._reset()
                case "reset-after":
                    take()
                    self._reset()

        def _answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            # In one piece with its head: two small writes would wait 40 ms for a delayed acknowledgement.
            self._headers_buffer.append(b"\r\n" + reply.body)  # type: ignore[attr-defined]  # typeshed lacks it
            self.flush_headers()

        def _cut(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.close_connection = True

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(server.office.now_s() if timestamp is None else timestamp)

        def log_message(self, format: str, *arguments: object) -> None:
            """Silence: the tests look at what was recorded."""

    return Handler


def _seen(path: str, body: bytes, headers: Message) -> Seen | None:
    operation: Operation = "identify" if path == "/api/checkin/identify/" else "emotion"
    request = json.loads(body)
    images = [request.get("image")] if operation == "identify" else request.get("images", [])
    if not images or not isinstance(images[0], str):
        return None
    primary = hashlib.sha256(base64.b64decode(images[0])).hexdigest()
    priority, traceparent = headers.get("checkin-priority", "live"), headers.get("traceparent", "")
    return Seen(operation, request, primary, time.monotonic(), priority, traceparent)
