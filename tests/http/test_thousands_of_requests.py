"""Thousands of requests that nobody meant, each different: no failure among the answers, and no memory kept."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import UUID

import httpx
import msgspec
import pytest

from adapters.http.access_tokens import ROLES, Role
from tests.fuzz.memory_watch import MEGABYTE, settled_bytes
from tests.http.live_server import LiveServer
from tests.http.test_hostile_operations import role_for
from tests.http.test_hostile_requests import check
from tests.http.test_roles import REQUESTS, SOMETHING

# The warm-up fills what is bounded: each of the framework's own caches keeps a thousand paths or queries.
WARM_UP, THOUSANDS = 500, 1_500
ALLOWED_MB = 12
LONGEST_BYTES = 12_000
# Those that something can be wrong with, beyond what any path, query and header may be.
OPERATIONS = sorted(name for name, (_, path, body) in REQUESTS.items() if SOMETHING in path or body is not None)


@pytest.fixture(scope="module")
def clients(busy_server: LiveServer) -> Iterator[dict[Role, httpx.Client]]:
    with ExitStack() as stack:
        yield {role: stack.enter_context(busy_server.client(role)) for role in ROLES}


class Assailant:
    """Sends what differs each time wherever a server could remember it: path, query, headers and body."""

    def __init__(self, clients: dict[Role, httpx.Client]) -> None:
        self._clients = clients
        self._dice = random.Random(5)
        self.answered: Counter[int] = Counter()
        self.operations: set[str] = set()

    def assail(self, times: int) -> None:
        for _ in range(times):
            operation = self._dice.choice(OPERATIONS)
            answer = self._send(operation)
            check(answer)
            assert answer.status_code < 500 or answer.json()["code"] in ("overloaded", "not-ready"), answer.text
            self.answered[answer.status_code] += 1
            self.operations.add(operation)

    def _send(self, operation: str) -> httpx.Response:
        method, path, body = REQUESTS[operation]
        words = [self._dice.randbytes(self._dice.randrange(1, 200)).hex() for _ in range(4)]
        id = str(UUID(bytes=self._dice.randbytes(16))) if self._dice.random() < 0.5 else words[0]
        headers = {"accept-language": f"{words[1]};q=0.3", "traceparent": f"00-{words[2]}", "origin": words[3]}
        if self._dice.random() < 0.2:
            headers["authorization"] = f"Bearer {words[0]}"
        content = None
        if body is not None:
            content = self._spoilt(msgspec.json.encode(body))
            headers["content-type"] = "application/json"
        url = f"{path.replace(SOMETHING, id)}{'&' if '?' in path else '?'}{words[1][:8]}={words[2]}&limit={words[3]}"
        return self._clients[role_for(operation)].request(method, url, content=content, headers=headers)

    def _spoilt(self, body: bytes) -> bytes:
        noise = self._dice.randbytes(self._dice.randrange(1, LONGEST_BYTES))
        match self._dice.randrange(4):
            case 0:
                return noise
            case 1:
                return body[: self._dice.randrange(len(body) + 1)]
            case 2:
                return body[:-1] + b',"made-up":"' + noise.hex().encode() + b'"}'
            case _:
                return b"[" * len(noise)


def test_thousands_of_malformed_requests_leave_nothing_behind(clients: dict[Role, httpx.Client]) -> None:
    assailant = Assailant(clients)
    assailant.assail(WARM_UP)
    before = settled_bytes()
    assailant.assail(THOUSANDS)
    grown_mb = (settled_bytes() - before) / MEGABYTE
    assert assailant.operations == set(OPERATIONS)
    assert 500 not in assailant.answered
    assert len(assailant.answered) >= 4, "refused for more than one reason"
    assert grown_mb < ALLOWED_MB
    kept = [random.Random(number).randbytes(LONGEST_BYTES) for number in range(THOUSANDS)]
    assert (settled_bytes() - before) / MEGABYTE - grown_mb > ALLOWED_MB, "the control: whoever keeps them is found"
    assert len(kept) == THOUSANDS
