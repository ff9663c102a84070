"""One HTTP request and its whole answer within a time limit, and the server's clock read from it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from edge_device.classify import Answer
from edge_device.clock import ServerClock
from edge_device.credentials import Credentials
from edge_device.signing import Outgoing
from edge_device.trace import traceparent

LARGEST_ANSWER_BYTES = 1024 * 1024
# httpx closes idle connections after 5 s; people arrive less often than that.
_KEEP_ALIVE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    connect_s: float = 3.0
    read_s: float = 10.0
    write_s: float = 10.0
    total_s: float = 30.0


class Unreachable(Exception):
    """No whole answer came. `arrived`: whether the server may have seen the request."""

    def __init__(self, reason: str, *, arrived: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.arrived = arrived


class Exchange:
    """Talks to one server over at most two warm connections. Owned by one event loop."""

    def __init__(
        self,
        server: str,
        credentials: Credentials,
        clock: ServerClock,
        timeouts: Timeouts | None = None,
        *,
        language: Callable[[], str] = lambda: "en",
    ) -> None:
        """`language` is asked before every request: the server's sentences come in it."""
        limits = timeouts or Timeouts()
        self._credentials = credentials
        self._language = language
        self._clock = clock
        self._total_s = limits.total_s
        self._client = httpx.AsyncClient(
            base_url=server,
            timeout=httpx.Timeout(
                connect=limits.connect_s, read=limits.read_s, write=limits.write_s, pool=limits.total_s
            ),
            limits=httpx.Limits(max_connections=2, max_keepalive_connections=2, keepalive_expiry=_KEEP_ALIVE_S),
            headers={"user-agent": "facecheckin-station", "accept": "application/json, application/problem+json"},
        )

    async def post(self, path: str, body: bytes, *, backlog: bool = False, burst_id: str | None = None) -> Answer:
        """`backlog`: nobody waits at the door for it, so that the server may let others go first.

        `burst_id`: what it is about, where it is about a burst; its trace goes with the request.
        """
        more = {"checkin-priority": "backlog"} if backlog else {}
        if burst_id is not None:
            more["traceparent"] = traceparent(burst_id)
        return await self._request("POST", path, body, more)

    async def get(self, path: str) -> Answer:
        return await self._request("GET", path, None, {})

    async def close(self) -> None:
        await self._client.aclose()

    async def _request(self, method: str, path: str, body: bytes | None, more: dict[str, str]) -> Answer:
        """The same bytes for every attempt; only what is presented with them is made anew."""
        presentation = self._credentials.presentation()
        headers = {"accept-language": self._language(), **more}
        if body is not None:
            headers["content-type"] = "application/json"
        while True:
            try:
                request = self._client.build_request(method, path, content=body, headers=headers)
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise Unreachable(_reason(error), arrived=False) from error
            request.headers.update(presentation.headers(_outgoing(request), self._server_time_s()))
            answer = await self._attempt(request)
            if not presentation.again(answer):
                return answer

    async def _attempt(self, request: httpx.Request) -> Answer:
        sent_s = time.monotonic()
        try:
            async with asyncio.timeout(self._total_s):
                response = await self._client.send(request, stream=True)
                try:
                    received_s = time.monotonic()
                    answer = Answer(response.status_code, dict(response.headers), await _read(response))
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise Unreachable(_reason(error), arrived=False) from error
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Unreachable(_reason(error), arrived=True) from error
        # A captive portal's clock is not our server's.
        if answer.headers.get("content-type", "").split(";")[0] in ("application/json", "application/problem+json"):
            self._clock.observe(answer.headers.get("date"), sent_s=sent_s, received_s=received_s)
        return answer

    def _server_time_s(self) -> int:
        """This machine's own clock is asked only before the server was heard."""
        moment = self._clock.wall_time(time.monotonic_ns())
        return int(time.time() if moment is None else moment.timestamp())


def _outgoing(request: httpx.Request) -> Outgoing:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return Outgoing(request.method, path, query, request.content)


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER_BYTES:
            raise httpx.DecodingError("the answer is too large to be our server's", request=response.request)
    return bytes(body)


def _reason(error: Exception) -> str:
    """`ConnectTimeout` as `connect-timeout`."""
    name = type(error).__name__
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
