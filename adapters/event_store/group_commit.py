"""Saves of one process, committed together: whatever is queued while one transaction runs goes into the next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import LiteralString

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from adapters.database import connect_async
from adapters.event_store.recorder import APPEND, append_parameters

MOST_QUEUED = 1024
MOST_TOGETHER = 64
KEYS_STALE = "FC001"
_RECORDED: LiteralString = """
SELECT notification_id, topic, state
FROM unnest(%s::uuid[], %s::bigint[]) WITH ORDINALITY AS given (originator_id, originator_version, number)
JOIN event USING (originator_id, originator_version) ORDER BY number
"""


class KeysStale(Exception):
    """Somebody was erased after the events were sealed: seal them again."""


class _Save:
    """One caller's events, of one stream or several.

    `sent`: the server may have committed them although no answer came.
    """

    def __init__(self, events: Sequence[StoredEvent], sealed_at: int | None, done: asyncio.Future[list[int]]) -> None:
        self.events = events
        self.sealed_at = sealed_at
        self.done = done
        self.sent = False


class GroupCommit:
    """One task of the event loop owns one connection. At most MOST_QUEUED saves wait; more callers wait to queue.

    A conflict in a group falls back to a transaction for each of its saves, so that only the loser fails.
    """

    def __init__(self, dsn: str, *, give_up_after_s: float = 10.0) -> None:
        self._dsn = dsn
        self._give_up_after_s = give_up_after_s
        self._queue: asyncio.Queue[_Save] = asyncio.Queue(MOST_QUEUED)
        self._connection: AsyncConnection[TupleRow] | None = None
        self._task: asyncio.Task[None] | None = None
        self.groups = 0
        self.saves = 0

    async def __aenter__(self) -> GroupCommit:
        self._connection = await connect_async(self._dsn, name="event writer")
        self._task = asyncio.create_task(self._run(), name="event writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What is queued is still saved."""
        await self._queue.join()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None:
            await self._connection.close()

    async def save(self, events: Sequence[StoredEvent], sealed_at: int | None) -> list[int]:
        """The positions of the events. Raises the library's IntegrityError where a version is taken, KeysStale."""
        save = _Save(events, sealed_at, asyncio.get_running_loop().create_future())
        await self._queue.put(save)
        return await save.done

    async def _run(self) -> None:
        while True:
            group = [await self._queue.get()]
            while len(group) < MOST_TOGETHER and not self._queue.empty():
                group.append(self._queue.get_nowait())
            try:
                await self._save_together([save for save in group if not save.done.done()])
            finally:
                for _ in group:
                    self._queue.task_done()

    async def _save_together(self, group: list[_Save]) -> None:
        self.groups += 1
        self.saves += len(group)
        revisions = {save.sealed_at for save in group if save.sealed_at is not None}
        if len(group) > 1 and len(revisions) <= 1:
            with suppress(psycopg.Error):
                positions = iter(await self._insert(group, next(iter(revisions), None)))
                for save in group:
                    _answer(save, [next(positions) for _ in save.events])
                return
        for save in group:
            try:
                _answer(save, await self._save_alone(save))
            except (psycopg.Error, IntegrityError, KeysStale) as error:
                _answer(save, error)

    async def _save_alone(self, save: _Save) -> list[int]:
        deadline = time.monotonic() + self._give_up_after_s
        pause_s = 0.02
        while True:
            try:
                return await self._insert([save], save.sealed_at)
            except psycopg.errors.UniqueViolation as error:
                mine = await self._recorded(save) if save.sent else None
                if mine is None:
                    raise IntegrityError(str(error)) from error
                return mine
            except psycopg.Error as error:
                if error.sqlstate == KEYS_STALE:
                    raise KeysStale from error
                lost = self._connection is None or self._connection.closed
                if not lost or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 1.0)

    async def _insert(self, group: Sequence[_Save], sealed_at: int | None) -> list[int]:
        if self._connection is None or self._connection.closed:
            self._connection = None
            self._connection = await connect_async(self._dsn, name="event writer")
        events = [event for save in group for event in save.events]
        try:
            cursor = await self._connection.execute(APPEND, append_parameters(events, sealed_at), prepare=True)
            return [position for (position,) in await cursor.fetchall()]
        except (psycopg.OperationalError, psycopg.InterfaceError):
            for save in group:
                save.sent = True
            raise

    async def _recorded(self, save: _Save) -> list[int] | None:
        """The positions of these very events where an earlier attempt did commit."""
        assert self._connection is not None
        streams = [event.originator_id for event in save.events]
        versions = [event.originator_version for event in save.events]
        cursor = await self._connection.execute(_RECORDED, (streams, versions))
        rows = await cursor.fetchall()
        same = [(event.topic, event.state) for event in save.events] == [(topic, state) for _, topic, state in rows]
        return [position for position, _, _ in rows] if same else None


def _answer(save: _Save, answer: list[int] | Exception) -> None:
    if save.done.done():
        return  # the caller went away
    if isinstance(answer, Exception):
        save.done.set_exception(answer)
    else:
        save.done.set_result(answer)
