"""Calls in flight: a retry that overtakes its first attempt joins it instead of doing the work again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class InFlight(Generic[Answer]):
    """One task per key in this process. The work goes on when its caller goes away, so that its answer is recorded.

    The key holds all that makes two requests the same one: calls that differ in it meet in the event store.
    """

    def __init__(self) -> None:
        self._calls: dict[Hashable, asyncio.Task[Answer]] = {}

    async def run(self, key: Hashable, work: Callable[[], Awaitable[Answer]]) -> Answer:
        task = self._calls.get(key)
        if task is None:
            task = asyncio.ensure_future(self._work(key, work))
            self._calls[key] = task
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Return once nothing is in flight."""
        while self._calls:
            await asyncio.wait(list(self._calls.values()))

    async def _work(self, key: Hashable, work: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            return await work()
        finally:
            del self._calls[key]
