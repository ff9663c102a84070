"""Brings what waits in the outbox to the server: identify first, then the emotion, until the server has answered."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from edge_device.classify import Declined, Never, NewCapture, Pause, Retry, Taken, Verdict, classify
from edge_device.clock import ServerClock, rfc3339
from edge_device.contract import PATHS, EmotionAnswer, IdentityAnswer, request_body
from edge_device.credentials import STATION_REFUSED
from edge_device.exchange import Exchange, Unreachable
from edge_device.outbox import Outbox, OutboxFull
from edge_device.record import Operation, Record, Waiting
from edge_device.refusal_steps import declined, refused
from edge_device.schedule import Pace, Schedule
from edge_device.steps import (
    Buried,
    EmotionRead,
    Identified,
    Listener,
    Offline,
    Online,
    Paused,
    Postponed,
    Sent,
    Settled,
)
from edge_device.vault import Unreadable

# An attempt is bounded by the exchange's own time limit; one that outlives this hangs.
_LONGEST_ATTEMPT_S = 60.0


class Delivery:
    """Owned by one event loop. The outbox alone remembers: killing it is safe. Steps are reported as they happen."""

    def __init__(
        self,
        outbox: Outbox,
        exchange: Exchange,
        clock: ServerClock,
        listener: Listener,
        *,
        boot_id: str,
        pace: Pace | None = None,
        rng: random.Random | None = None,
        wants_emotion: Callable[[], bool] = lambda: True,
        progressed: Callable[[], None] = lambda: None,
        longest_sleep_s: float = 5.0,
    ) -> None:
        """`wants_emotion` is asked before the other frames of whoever was matched are sent.

        `progressed` is called every `longest_sleep_s`, as long as no attempt takes longer than one ever may.
        """
        self._outbox = outbox
        self._exchange = exchange
        self._clock = clock
        self._report = listener
        self._boot_id = boot_id
        self._wants_emotion = wants_emotion
        self._progressed = progressed
        self._longest_sleep_s = longest_sleep_s
        self._schedule = Schedule(outbox.waiting(), pace=pace or Pace(), rng=rng or random.Random())
        self._wake = asyncio.Event()
        self._settled = asyncio.Condition()
        self._unsettled = {entry.sequence for entry in outbox.waiting()}
        self._attempts: dict[tuple[int, Operation], int] = {}
        self._tasks: dict[asyncio.Task[None], float] = {}
        self._stopping = False

    @property
    def waiting(self) -> int:
        return len(self._schedule)

    def announce(self, entry: Waiting) -> None:
        """A burst was just put into the outbox, and its person waits for the answer."""
        self._unsettled.add(entry.sequence)
        self._schedule.add_live(entry)
        self._wake.set()

    async def settled(self, sequence: int) -> None:
        """Returns once nothing of this burst is left to do."""
        async with self._settled:
            await self._settled.wait_for(lambda: sequence not in self._unsettled)

    async def drained(self) -> None:
        """Returns once nothing waits."""
        async with self._settled:
            await self._settled.wait_for(lambda: not self._unsettled)

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run(self, *, grace_s: float = 3.0) -> None:
        """Delivers until `stop`; then what is under way has `grace_s` to finish. Raises `OutboxFailed`."""
        try:
            while not self._stopping:
                self._wake.clear()
                while (entry := self._schedule.take_next(time.monotonic())) is not None:
                    self._start(entry)
                now_s = time.monotonic()
                if all(now_s - started_s < _LONGEST_ATTEMPT_S for started_s in self._tasks.values()):
                    self._progressed()
                due_s = self._schedule.sleep_s(now_s)
                sleep_s = self._longest_sleep_s if due_s is None else min(due_s, self._longest_sleep_s)
                with suppress(TimeoutError):
                    async with asyncio.timeout(sleep_s):
                        await self._wake.wait()
                self._raise_what_failed()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=grace_s)
            self._raise_what_failed()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, entry: Waiting) -> None:
        task = asyncio.create_task(self._attempt(entry))
        self._tasks[task] = time.monotonic()
        task.add_done_callback(lambda _: self._wake.set())

    def _raise_what_failed(self) -> None:
        for task in [task for task in self._tasks if task.done()]:
            del self._tasks[task]
            task.result()

    async def _attempt(self, entry: Waiting) -> None:
        try:
            if entry.operation == "emotion" and not self._wants_emotion():
                await self._settle(entry)
                return
            record = self._with_time(self._outbox.load(entry.sequence))
        except Unreadable as error:
            await self._bury(entry, Never(code="record-unreadable", detail=str(error), sentence=None))
        else:
            await self._send(entry, record)
        finally:
            self._schedule.landed(entry.sequence)

    async def _send(self, entry: Waiting, record: Record) -> None:
        attempt = self._attempts.get((entry.sequence, entry.operation), 0) + 1
        self._attempts[entry.sequence, entry.operation] = attempt
        self._report(Sent(burst_id=entry.burst_id, operation=entry.operation, attempt=attempt))
        started_s = time.monotonic()
        try:
            backlog = not self._schedule.is_live(entry.sequence)
            answer = await self._exchange.post(
                PATHS[entry.operation], request_body(record), backlog=backlog, burst_id=entry.burst_id
            )
        except Unreachable as error:
            if not error.arrived and record.captured_at == "":
                self._outbox.settle_time(entry.sequence, None)
            self._postpone(entry, Retry(reason=error.reason))
            return
        latency_ms = (time.monotonic() - started_s) * 1000
        await self._act_on(classify(answer, record), entry, record, attempt, latency_ms)

    async def _act_on(self, verdict: Verdict, entry: Waiting, record: Record, attempt: int, latency_ms: float) -> None:
        if not isinstance(verdict, Retry):
            self._link_is_up()
        match verdict:
            case Taken(answer=IdentityAnswer() as identity):
                self._schedule.succeeded()
                self._report(
                    Identified(
                        burst_id=entry.burst_id,
                        answer=identity,
                        attempt=attempt,
                        latency_ms=latency_ms,
                        since_capture_ms=self._since_capture_ms(record),
                    )
                )
                await self._after_identity(entry, identity)
            case Taken(answer=EmotionAnswer() as emotion):
                self._schedule.succeeded()
                self._report(
                    EmotionRead(burst_id=entry.burst_id, answer=emotion, attempt=attempt, latency_ms=latency_ms)
                )
                await self._settle(entry)
            case NewCapture(problem=problem):
                self._schedule.succeeded()
                self._report(refused(entry, problem, latency_ms))
                await self._settle(entry)
            case Declined(problem=problem):
                self._schedule.succeeded()
                self._report(declined(entry, problem, latency_ms))
                await self._settle(entry)
            case Never():
                await self._bury(entry, verdict)
            case Retry():
                self._postpone(entry, verdict)
            case Pause():
                await self._pause(entry, verdict)

    async def _after_identity(self, entry: Waiting, identity: IdentityAnswer) -> None:
        """Only of whoever was matched are the other frames sent: nobody else can have agreed to it."""
        if not identity.match:
            await self._settle(entry)
            return
        try:
            self._outbox.identified(entry.sequence, identity.checkin_id)
        except OutboxFull:
            # Not even the note fits on the disk: identify is sent again, and the server answers what it recorded.
            self._postpone(entry, Retry(reason="disk-full", link=False))
            return
        self._schedule.advance(replace(entry, checkin_id=identity.checkin_id))

    async def _settle(self, entry: Waiting) -> None:
        # A full disk cannot even delete: the burst is sent once more after a restart, and answered as before.
        with suppress(OutboxFull):
            self._outbox.remove(entry.sequence)
        await self._forget(entry)

    async def _bury(self, entry: Waiting, never: Never) -> None:
        with suppress(OutboxFull):
            self._outbox.bury(entry.sequence, entry.operation, never.code, never.detail)
        self._report(
            Buried(
                burst_id=entry.burst_id,
                operation=entry.operation,
                code=never.code,
                detail=never.detail,
                sentence=never.sentence,
            )
        )
        await self._forget(entry)

    async def _forget(self, entry: Waiting) -> None:
        self._schedule.remove(entry.sequence)
        self._attempts.pop((entry.sequence, "identify"), None)
        self._attempts.pop((entry.sequence, "emotion"), None)
        self._report(Settled(burst_id=entry.burst_id, waiting=self.waiting))
        async with self._settled:
            self._unsettled.discard(entry.sequence)
            self._settled.notify_all()

    def _postpone(self, entry: Waiting, retry: Retry) -> None:
        now_s = time.monotonic()
        wait_s = self._schedule.retry(entry.sequence, now_s, retry.retry_after_s)
        self._report(
            Postponed(burst_id=entry.burst_id, operation=entry.operation, reason=retry.reason, retry_in_s=wait_s)
        )
        if retry.link and self._schedule.link.failed(now_s):
            self._report(Offline(reason=retry.reason, waiting=self.waiting))

    async def _pause(self, entry: Waiting, pause: Pause) -> None:
        if pause.code not in STATION_REFUSED and self._schedule.obstructs_alone(entry.sequence):
            await self._bury(entry, Never(code=pause.code, detail=pause.sentence, sentence=None))
            return
        pause_s = self._schedule.pause(entry.sequence, time.monotonic(), pause.retry_after_s)
        self._report(Paused(code=pause.code, sentence=pause.sentence, pause_s=pause_s, waiting=self.waiting))

    def _link_is_up(self) -> None:
        if self._schedule.link.answered():
            self._report(Online(waiting=self.waiting))

    def _with_time(self, record: Record) -> Record:
        """The time of the capture, settled before the first attempt that may arrive: a retry is the same request."""
        if record.captured_at is not None or record.checkin_id is not None:
            return record
        moment = self._clock.wall_time(record.monotonic_ns) if record.boot_id == self._boot_id else None
        captured_at = "" if moment is None else rfc3339(moment)
        with suppress(OutboxFull):
            self._outbox.settle_time(record.sequence, captured_at)
        return replace(record, captured_at=captured_at)

    def _since_capture_ms(self, record: Record) -> float | None:
        return (time.monotonic_ns() - record.monotonic_ns) / 1e6 if record.boot_id == self._boot_id else None
