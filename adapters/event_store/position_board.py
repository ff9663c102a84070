"""How far the read models have come, as this process knows it; whoever waits for a position is woken by it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress


class PositionBoard:
    """Written by the projector's thread, waited for by event loops. Implements application.ports.Projections."""

    def __init__(self, names: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._positions = dict.fromkeys(names, 0)
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._watch: Callable[[Mapping[str, int]], None] = _nobody

    @property
    def positions(self) -> Mapping[str, int]:
        with self._lock:
            return dict(self._positions)

    def watch(self, watcher: Callable[[Mapping[str, int]], None]) -> None:
        """Have it told every move, in the projector's thread."""
        self._watch = watcher

    def move(self, positions: Mapping[str, int]) -> None:
        """A rebuild moves backwards."""
        with self._lock:
            self._positions.update({name: at for name, at in positions.items() if name in self._positions})
            reached = min(self._positions.values(), default=0)
            woken = [future for future, position in self._waiting.items() if position <= reached]
            for future in woken:
                del self._waiting[future]
        for future in woken:
            with suppress(RuntimeError):  # its loop is closed: nobody waits any more
                future.get_loop().call_soon_threadsafe(_wake, future)
        self._watch(positions)

    async def wait(self, position: int, timeout_s: float) -> None:
        """Return once every read model has seen `position`; raises TimeoutError."""
        future = asyncio.get_running_loop().create_future()
        with self._lock:
            if min(self._positions.values(), default=position) >= position:
                return
            self._waiting[future] = position
        try:
            async with asyncio.timeout(timeout_s):
                await future
        finally:
            with self._lock:
                self._waiting.pop(future, None)


def _nobody(_: Mapping[str, int]) -> None:
    """Watches until somebody does."""


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
