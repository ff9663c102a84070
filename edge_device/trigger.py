"""What starts a burst: a key, or the passing of time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

Trigger = Callable[[], Awaitable[None]]


def every(seconds: float) -> Trigger:
    """A burst each `seconds`, however long the last one took."""
    next_s: float | None = None

    async def wait() -> None:
        nonlocal next_s
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        next_s = now_s if next_s is None else max(now_s, next_s + seconds)
        await asyncio.sleep(next_s - now_s)

    return wait


class NoKeys(Exception):
    """There is no keyboard to listen to."""


def on_enter() -> Trigger:
    """A burst each time Enter is pressed; where standard input ends, no more come. Awaiting it may raise `NoKeys`."""
    pressed: asyncio.Queue[bool] = asyncio.Queue(maxsize=1)
    listening = False

    def read() -> None:
        loop = asyncio.get_running_loop()
        if not sys.stdin.readline():
            loop.remove_reader(sys.stdin)
        elif pressed.empty():
            pressed.put_nowait(True)

    async def wait() -> None:
        nonlocal listening
        if not listening:
            try:
                asyncio.get_running_loop().add_reader(sys.stdin, read)
            except (OSError, ValueError) as error:
                raise NoKeys("there is no keyboard here; use --every") from error
            listening = True
        await pressed.get()

    return wait
