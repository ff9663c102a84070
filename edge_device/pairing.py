"""Asks the server to be paired, shows the code that an administrator is to approve, and waits until one has."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from edge_device.classify import Answer, retry_after_s
from edge_device.clock import ServerClock, rfc3339
from edge_device.contract import Problem, parse_problem
from edge_device.credentials import STATION_REFUSED, Signing
from edge_device.exchange import Exchange, Timeouts, Unreachable
from edge_device.identity import Identity, Pairing, PairingRequest
from edge_device.identity_contract import PAIRINGS_PATH, PairingAnswer, pairing_request, parse_pairing
from edge_device.identity_steps import Paired, PairingCode, Unpaired, UnpairedReason
from edge_device.link import Backoff
from edge_device.steps import Listener
from edge_device.version import SOFTWARE

_TEMPORARY = frozenset({408, 409, 421, 423, 425, 429})
_ANOTHER_KEY = STATION_REFUSED | {"key-unusable"}
_KEYS_REFUSED_AT_MOST = 2
_SLICE_S = 5.0


class PairingFailed(Exception):
    """The server will not pair this station: the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingPlan:
    """`name`: what the station would like to be called. `after_refusal_s`: when to ask again, None to give up.

    `poll_cap_s`: asks at least so often, whatever the server would like.
    `progressed` is called every few seconds while an approval is waited for.
    """

    server: str
    name: str
    after_refusal_s: float | None = None
    retry_base_s: float = 1.0
    retry_cap_s: float = 15.0
    poll_cap_s: float = 60.0
    timeouts: Timeouts | None = None
    progressed: Callable[[], None] = lambda: None


async def pair(identity: Identity, plan: PairingPlan, listener: Listener) -> Pairing:
    """Returns once the server knows this station. Raises `PairingFailed`.

    Everything it does is on the disk before the server hears of it: killed at any moment, it goes on at the next start.
    """
    if identity.request is not None and identity.request.server != plan.server:
        identity.forget()
    clock = ServerClock()
    exchange = Exchange(plan.server, Signing(lambda: identity.keys), clock, plan.timeouts)
    try:
        return await _Pairing(identity, plan, exchange, clock, listener).run()
    finally:
        await exchange.close()


class _Pairing:
    def __init__(
        self, identity: Identity, plan: PairingPlan, exchange: Exchange, clock: ServerClock, listener: Listener
    ) -> None:
        self._identity = identity
        self._plan = plan
        self._exchange = exchange
        self._clock = clock
        self._report = listener
        self._backoff = Backoff(random.Random(), base_s=plan.retry_base_s, cap_s=plan.retry_cap_s, floor_share=0.5)
        self._shown = ""
        self._keys_refused = 0

    async def run(self) -> Pairing:
        self._say("new", f"This station is not paired yet. It is asking {self._plan.server} for a code.")
        while True:
            try:
                answer = await self._ask()
            except Unreachable as error:
                await self._wait_for_the_server(error.reason, None)
                continue
            pairing = parse_pairing(answer)
            if pairing is None:
                await self._bear(answer)
                continue
            self._backoff.reset()
            paired = await self._act_on(pairing)
            if paired is not None:
                return paired

    async def _ask(self) -> Answer:
        """About the pairing that was asked for, or for a new one; the same key meets its own pairing again."""
        request = self._identity.request
        if request is not None:
            return await self._exchange.get(f"{PAIRINGS_PATH}{request.pairing_id}/")
        return await self._exchange.post(
            PAIRINGS_PATH, pairing_request(self._identity.keys.made(), self._plan.name, SOFTWARE)
        )

    async def _act_on(self, answer: PairingAnswer) -> Pairing | None:
        if self._identity.request is None:
            self._identity.ask(PairingRequest(server=self._plan.server, pairing_id=answer.pairing_id))
        match answer.status:
            case "approved" if answer.station_id is not None and answer.name is not None:
                return self._confirm(answer.station_id, answer.name, answer.room)
            case "refused":
                await self._start_over_after_refusal()
                return None
            case "expired":
                self._start_over("expired", "The code was not approved in time. A new one comes at once.")
            case "pending":
                self._show(answer)
            case "approved":
                pass  # who it is follows with the next answer
        await self._wait(min(answer.poll_after_s, self._plan.poll_cap_s))
        return None

    def _confirm(self, station_id: str, name: str, room: str | None) -> Pairing:
        now = self._clock.wall_time(time.monotonic_ns())
        pairing = Pairing(
            server=self._plan.server,
            station_id=station_id,
            name=name,
            room=room,
            key_since=None if now is None else rfc3339(now),
        )
        self._identity.confirm(pairing)
        self._report(Paired(station_id=station_id, name=name, room=room))
        return pairing

    def _show(self, answer: PairingAnswer) -> None:
        if answer.user_code == self._shown:
            return
        self._shown = answer.user_code
        self._report(
            PairingCode(
                code=answer.user_code,
                expires_at=answer.expires_at,
                server=self._plan.server,
                sentence=f"Ask an administrator of {self._plan.server} to approve {answer.user_code}.",
            )
        )

    async def _start_over_after_refusal(self) -> None:
        sentence = "An administrator refused this station."
        self._start_over("refused", sentence)
        if self._plan.after_refusal_s is None:
            raise PairingFailed(sentence)
        await self._wait(self._plan.after_refusal_s)

    def _start_over(self, reason: UnpairedReason, sentence: str) -> None:
        """With a new key: what was refused must not be approved by another code."""
        self._identity.forget()
        self._shown = ""
        self._say(reason, sentence)

    async def _bear(self, answer: Answer) -> None:
        """An answer that is about no pairing: wait, start over, or give up."""
        problem = parse_problem(answer.headers.get("content-type", ""), answer.body)
        if problem is not None and problem.code in _ANOTHER_KEY:
            await self._take_another_key(problem)
        elif problem is None or answer.status >= 500 or answer.status in _TEMPORARY or answer.status == 401:
            reason = f"http-{answer.status}" if problem is None else problem.code
            await self._wait_for_the_server(reason, retry_after_s(answer.headers))
        elif answer.status == 404 and self._identity.request is not None:
            self._start_over("expired", "The server does not know the code any more. A new one comes at once.")
            await self._wait(self._backoff.next_s())
        else:
            raise PairingFailed(_why_not(problem, answer.status, self._plan.server))

    async def _take_another_key(self, problem: Problem) -> None:
        """A key that was revoked or refused is never paired again."""
        self._keys_refused += 1
        if self._keys_refused > _KEYS_REFUSED_AT_MOST:
            raise PairingFailed(f"The server does not accept the station's signature ({problem.code}).")
        self._identity.forget()
        await self._wait(self._backoff.next_s())

    async def _wait_for_the_server(self, reason: str, wait_s: float | None) -> None:
        if not self._shown:
            self._say(
                "offline", f"{self._plan.server} does not answer as it should ({reason}). The station asks again."
            )
        await self._wait(max(self._backoff.next_s(), wait_s or 0.0))

    async def _wait(self, seconds: float) -> None:
        left_s = seconds
        while left_s > 0:
            self._plan.progressed()
            await asyncio.sleep(min(left_s, _SLICE_S))
            left_s -= _SLICE_S
        self._plan.progressed()

    def _say(self, reason: UnpairedReason, sentence: str) -> None:
        self._report(Unpaired(reason=reason, sentence=sentence))


def _why_not(problem: Problem, status: int, server: str) -> str:
    if status in (404, 405):
        return f"{server} does not pair stations ({problem.code}); it may need an update."
    return f"{server} does not take the request to pair ({problem.code}): {problem.detail or problem.title}"
