"""Takes a person's burst again while it is of no use and they still stand there, and says when it gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from edge_device.capture_settings import CaptureSettings
from edge_device.steps import (
    Buried,
    GaveUp,
    Identified,
    Listener,
    Offline,
    Paused,
    Postponed,
    Refused,
    Retake,
    Saved,
    Settled,
    Step,
    Triggered,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """`reading_s`: to read what was wrong. `verdict_s`: how long the server's judgement is waited for."""

    reading_s: float = 2.0
    verdict_s: float = 8.0


class Takes:
    """One person at a time: as many takes as the settings allow. Hears every step before the listener does."""

    def __init__(
        self, listener: Listener, settings: Callable[[], CaptureSettings], pauses: Pauses | None = None
    ) -> None:
        self._report = listener
        self._settings = settings
        self._pauses = pauses or Pauses()
        self._burst_id: str | None = None
        self._flaw: Retake | Refused | None = None
        self._judged = asyncio.Event()

    def hear(self, step: Step) -> None:
        """Of the server's judgements only the one on the burst just taken counts, not one on the backlog."""
        match step:
            case Retake():
                self._flaw = step
                self._judged.set()
            case Saved():
                self._burst_id = step.burst_id
            case Refused(operation="identify") if step.burst_id == self._burst_id:
                self._flaw = step
                self._judged.set()
            case Identified() | Postponed() | Buried() | Settled() if step.burst_id == self._burst_id:
                self._judged.set()
            case Offline() | Paused():
                self._judged.set()
            case _:
                pass
        self._report(step)

    async def of_one_person(
        self, check_in: Callable[[], Awaitable[object]], *, again: bool = True, wait_for_server: bool
    ) -> None:
        """`again`: whether there is a person who can do better. `wait_for_server`: they will not press a key, so that
        the server's refusal asks for the next take too.
        """
        take = 0
        while True:
            take += 1
            self._burst_id, self._flaw = None, None
            self._judged.clear()
            self.hear(Triggered(take=take))
            await check_in()
            if self._burst_id is not None and wait_for_server:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pauses.verdict_s):
                        await self._judged.wait()
            if self._flaw is None or not again:
                return
            await asyncio.sleep(self._pauses.reading_s)
            if take > self._settings().retake_limit:
                self.hear(GaveUp(takes=take, reason=_reason(self._flaw), sentence=self._flaw.sentence))
                return


def _reason(flaw: Retake | Refused) -> str:
    return flaw.reason if isinstance(flaw, Retake) else flaw.code
