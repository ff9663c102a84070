"""Calls in flight: a retry that overtakes its first attempt joins it instead of doing the work again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from application.ports import Abandoned

Answer = TypeVar("Answer")


@dataclass
class _Call(Generic[Answer]):
    """`callers`: how many wait for it now."""

    task: asyncio.Task[Answer]
    callers: int = 0


class InFlight(Generic[Answer]):
    """One task per key in this process. The work goes on when its caller goes away, so that its answer is recorded.

    Work that has not had its turn yet may ask whether it is still `wanted`, and end as `Abandoned` where not.
    The key holds all that makes two requests the same one: calls that differ in it meet in the event store.
    """

    def __init__(self) -> None:
        self._calls: dict[Hashable, _Call[Answer]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    async def run(self, key: Hashable, work: Callable[[], Awaitable[Answer]]) -> Answer:
        while True:
            call = self._calls.get(key)
            if call is None:
                call = self._calls[key] = _Call(asyncio.ensure_future(self._work(key, work)))
                call.task.add_done_callback(_look_at)
            call.callers += 1
            try:
                return await asyncio.shield(call.task)
            except Abandoned:
                continue  # the callers before this one had all left
            finally:
                call.callers -= 1

    def wanted(self, key: Hashable) -> bool:
        """Whether anybody waits for the answer. May be asked by any thread."""
        call = self._calls.get(key)
        return call is not None and call.callers > 0

    async def drain(self) -> None:
        """Return once nothing is in flight."""
        while self._calls:
            await asyncio.wait([call.task for call in self._calls.values()])

    async def _work(self, key: Hashable, work: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            return await work()
        finally:
            del self._calls[key]


def _look_at(task: asyncio.Task[Answer]) -> None:
    """Its callers may all have left: how it ended is then nobody's to hear, and no error of the event loop's."""
    if not task.cancelled():
        task.exception()
