"""Checks a person in by their PIN, now or not at all: a PIN is never kept, logged or sent later."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable

from edge_device.classify import Answer
from edge_device.contract import parse_object, parse_problem
from edge_device.exchange import Exchange, Unreachable
from edge_device.happenings import Happening, PinAccepted, PinRefused, PinSent, PinUnreachable

PIN_PATH = "/api/checkin/pin/"
_ATTEMPTS = 3
_PAUSE_S = 0.7
_TOTAL_S = 12.0
_SENTENCE_WITHOUT_ONE = "The user id or the PIN is not right. Please try again, or ask a member of staff."


class PinDesk:
    """Owned by one event loop; one PIN at a time. It needs the network: without an exchange it says so."""

    def __init__(self, tell: Callable[[Happening], None], *, pause_s: float = _PAUSE_S) -> None:
        self._tell = tell
        self._pause_s = pause_s
        self._busy = asyncio.Lock()
        self._unanswered: tuple[str, str] | None = None
        self.exchange: Exchange | None = None

    async def check_in(self, user_id: str, pin: str) -> None:
        """What comes of it is told. The same person asking again after a lost answer is the same request."""
        async with self._busy:
            self._tell(PinSent())
            request_id = str(uuid.uuid4())
            if self._unanswered is not None and self._unanswered[0] == user_id:
                request_id = self._unanswered[1]
            outcome = await self._ask(request_id, user_id, pin)
            unanswered = isinstance(outcome, PinUnreachable) and outcome.arrived
            self._unanswered = (user_id, request_id) if unanswered else None
            self._tell(outcome)

    async def _ask(self, request_id: str, user_id: str, pin: str) -> PinAccepted | PinRefused | PinUnreachable:
        arrived = False
        body = json.dumps({"request_id": request_id, "user_id": user_id, "pin": pin}).encode()
        try:
            async with asyncio.timeout(_TOTAL_S):
                for attempt in range(_ATTEMPTS if self.exchange is not None else 0):
                    if attempt:
                        await asyncio.sleep(self._pause_s)
                    assert self.exchange is not None
                    try:
                        outcome = _judge(await self.exchange.post(PIN_PATH, body))
                    except Unreachable as error:
                        arrived = arrived or error.arrived
                    else:
                        if outcome is not None:
                            return outcome
                        arrived = True
        except TimeoutError:
            arrived = True
        return PinUnreachable(arrived=arrived)


def _judge(answer: Answer) -> PinAccepted | PinRefused | None:
    """None where it says nothing about this PIN: another attempt may tell."""
    problem = parse_problem(answer.headers.get("content-type", ""), answer.body)
    if problem is not None and answer.status < 500:
        return PinRefused(code=problem.code, sentence=problem.sentence or _SENTENCE_WITHOUT_ONE)
    ours = parse_object(answer.body) if 200 <= answer.status < 300 else None
    if ours is None or not isinstance(ours.get("checkin_id"), str):
        return None
    name = ours.get("name")
    return PinAccepted(name=name if isinstance(name, str) else None)
