"""A body has to be there within a time: whoever sends byte by byte must not hold a place for ever."""

from __future__ import annotations

import asyncio
import time

from litestar.types import HTTPReceiveMessage, Receive

from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.request_record import RequestRecord

BODY_WITHIN_S = 20.0
_RETRY_AFTER_S = 1.0


class BodyDeadline:
    """What one request receives. Answers `body-too-slow`, and ends the connection, where the body comes too slowly."""

    def __init__(self, receive: Receive, record: RequestRecord, within_s: float) -> None:
        self._receive = receive
        self._record = record
        self._within_s = within_s
        self._whole = False

    async def receive(self) -> HTTPReceiveMessage:
        """After the whole body it waits for as long as the caller stays."""
        if self._whole:
            return await self._next()
        self._record.body_since_s = self._record.body_since_s or time.perf_counter()
        try:
            async with asyncio.timeout(self._within_s - self._record.elapsed_ms / 1e3):
                message = await self._next()
        except TimeoutError:
            self._record.headers["Connection"] = "close"
            facts = ProblemFacts(
                code="body-too-slow", limit=self._within_s, unit="seconds", retry_after_s=_RETRY_AFTER_S
            )
            raise HttpProblem(facts) from None
        self._whole = message["type"] == "http.disconnect" or not message["more_body"]
        if self._whole:
            self._record.body_whole_s = time.perf_counter()
        return message

    async def _next(self) -> HTTPReceiveMessage:
        message: HTTPReceiveMessage = await self._receive()  # type: ignore[assignment]  # the scope is not a WebSocket's
        return message
