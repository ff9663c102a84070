"""Sends push messages beside everything else that a server does: nobody at a door waits for them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from typing import Literal

import msgspec
import structlog

from adapters.database import Database, connect_async
from adapters.event_store.projection_pages import MOVED_CHANNEL, NOT_THE_EVENT
from adapters.push.decisions import Decisions
from adapters.push.message_queue import MessageQueue, Queued
from adapters.push.push_service import Answered, PushServices, Told
from adapters.push.subscriptions import PostgresSubscriptions
from application.ports import Clock

AT_ONCE = 8
MOST_ATTEMPTS = 4
_LONGEST_PAUSE_S = 5.0
_log = structlog.get_logger("push")

Ended = Literal["sent", "gone", "failed"]
Count = Callable[[Ended], None]


class PushTimes(msgspec.Struct, frozen=True, kw_only=True):
    """`poll_s`: how often is looked though nobody called; `first_retry_s` is doubled with each further attempt."""

    poll_s: float = 5.0
    first_retry_s: float = 2.0


class PushSender:
    """Two tasks of one event loop: one queues what the record says, the other sends what is queued, some at once.

    Any number of processes may do both: the record is followed by one at a time, and a message is claimed by one.
    """

    def __init__(
        self,
        database: Database,
        decisions: Decisions,
        messages: MessageQueue,
        subscriptions: PostgresSubscriptions,
        services: PushServices,
        *,
        clock: Clock,
        count: Count,
        times: PushTimes | None = None,
    ) -> None:
        self._database = database
        self._decisions = decisions
        self._messages = messages
        self._subscriptions = subscriptions
        self._services = services
        self._clock = clock
        self._count = count
        self._times = times or PushTimes()
        self._due = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(self._follow_for_ever(), name="push decisions"),
            asyncio.create_task(self._send_for_ever(), name="push messages"),
        ]
        async with self._services:
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow_for_ever(self) -> None:
        pause_s = 0.05
        while True:
            try:
                async with await connect_async(self._database.dsn, name="push") as connection:
                    await connection.execute("SET idle_in_transaction_session_timeout = '15s'")
                    await connection.execute(f"LISTEN {MOVED_CHANNEL}")
                    while True:
                        turn = await self._decisions.queue(connection)
                        pause_s = 0.05
                        if turn.queued:
                            self._due.set()
                        if turn.more:
                            continue
                        async for _ in connection.notifies(timeout=self._times.poll_s, stop_after=1):
                            pass
            except NOT_THE_EVENT as error:
                _log.warning("push messages lost the database, trying again", error=type(error).__name__)
            except Exception:
                _log.exception("push messages cannot follow the record, trying again")
            await asyncio.sleep(pause_s * (1 + random.random()))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _send_for_ever(self) -> None:
        async with asyncio.TaskGroup() as sending:
            while True:
                await self._slots.acquire()
                self._due.clear()
                message = await self._claimed()
                if message is None:
                    self._slots.release()
                    await self._wait()
                else:
                    sending.create_task(self._send(message))

    async def _claimed(self) -> Queued | None:
        try:
            return await self._messages.claim(self._clock.now())
        except Exception as error:
            _log.warning("no push message can be claimed, trying again", error=type(error).__name__)
            return None

    async def _wait(self) -> None:
        """Until something is queued, or something that was put off is due."""
        wait_s = self._times.poll_s
        try:
            now = self._clock.now()
            next_due_at = await self._messages.next_due_at(now)
            if next_due_at is not None and next_due_at > now:
                wait_s = min(wait_s, (next_due_at - now).total_seconds())
            async with asyncio.timeout(wait_s):
                await self._due.wait()
        except TimeoutError:
            pass
        except Exception as error:
            _log.warning("push messages wait for the database", error=type(error).__name__)
            await asyncio.sleep(wait_s)

    async def _send(self, message: Queued) -> None:
        try:
            await self._settle(message, await self._sent(message))
        except Exception:
            _log.exception("a push message failed")
        finally:
            self._slots.release()
            self._due.set()

    async def _sent(self, message: Queued) -> Answered:
        kept = await self._messages.sealed_for(message)
        subscription = None if kept is None else await self._subscriptions.opened(message.person, *kept)
        if subscription is None:
            return Answered(outcome="gone")
        now = self._clock.now()
        told = Told(status=message.word, at=message.moment.astimezone(UTC), language=subscription.language)
        ttl_s = max(0, int((message.expires_at - now).total_seconds()))
        return await self._services.send(told, subscription, ttl_s=ttl_s, now=now)

    async def _settle(self, message: Queued, answer: Answered) -> None:
        ended: Ended
        match answer.outcome:
            case "later" if message.attempts < MOST_ATTEMPTS and await self._again(message, answer):
                _log.info("push message put off", status=answer.status, attempts=message.attempts)
                return
            case "later" | "failed":
                ended = "failed"
                await self._messages.done(message)
            case "gone":
                ended = "gone"
                await self._messages.gone(message)
            case "sent":
                ended = "sent"
                await self._messages.done(message)
        self._count(ended)
        _log.info("push message", outcome=ended, status=answer.status, attempts=message.attempts)

    async def _again(self, message: Queued, answer: Answered) -> bool:
        backoff_s = self._times.first_retry_s * 2 ** (message.attempts - 1) * random.uniform(0.8, 1.2)
        wait_s = max(backoff_s, answer.retry_after_s or 0.0)
        return await self._messages.again(message, self._clock.now() + timedelta(seconds=wait_s))
