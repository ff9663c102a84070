"""Server-Sent Events: the live feed for those whose network lets no WebSocket through."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from uuid import UUID

from adapters.live.audience import MOST_UNSENT_BYTES, Ending, Watcher
from adapters.live.feed import LiveFeed
from adapters.live.frames import Framed

StillAllowed = Callable[[Watcher], Awaitable[None]]
MEDIA_TYPE = "text/event-stream"
_RETRY = b"retry: 2000\n\n"
_READS_WITHIN_S = 10.0


class EventWatcher:
    """Implements adapters.live.audience.Watcher. What is unsent waits in a queue, up to a bound in bytes."""

    def __init__(self, person: UUID | None, feed: LiveFeed) -> None:
        self.person = person
        self.told = 0
        self.ended = False
        self._feed = feed
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._changed = asyncio.Event()
        self._emptied = asyncio.Event()

    def tell(self, messages: Sequence[Framed]) -> None:
        if self.ended:
            return
        if self._unsent_bytes > MOST_UNSENT_BYTES:
            self.end("slow")
            return
        for message in messages:
            self._unsent.append(message.server_sent_event)
            self._unsent_bytes += len(message.server_sent_event)
        self._emptied.clear()
        self._changed.set()

    def end(self, why: Ending) -> None:
        """The stream ends once what is unsent was read; the browser comes back with the last position."""
        if not self.ended:
            self._feed.figures.count(why)
            self.ended = True
        self._changed.set()
        self._emptied.set()

    async def drained(self) -> None:
        try:
            async with asyncio.timeout(_READS_WITHIN_S):
                await self._emptied.wait()
        except TimeoutError:
            self.end("slow")

    async def take(self, within_s: float) -> bytes:
        """All that is unsent, once there is something; nothing where there was none in time, or it has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(within_s, 0.0)):
                await self._changed.wait()
        taken = b"".join(self._unsent)
        self._unsent.clear()
        self._unsent_bytes = 0
        if not self.ended:
            self._changed.clear()
        self._emptied.set()
        return taken


async def event_stream(
    watcher: EventWatcher, feed: LiveFeed, after: int | None, *, for_s: float | None, still_allowed: StillAllowed
) -> AsyncIterator[bytes]:
    """Until it is ended, its reader leaves, or `for_s` seconds are over and it was told all that there was."""
    joining = asyncio.create_task(feed.join(watcher, after))
    clock = asyncio.get_running_loop().time
    ask_at, until = clock() + feed.times.ask_again_s, None if for_s is None else clock() + for_s
    try:
        yield _RETRY
        while True:
            over = until is not None and joining.done() and clock() >= until
            taken = await watcher.take(0.0 if over else min(ask_at, until or ask_at) - clock())
            if taken:
                yield taken
            elif over or watcher.ended:
                return
            if clock() >= ask_at:
                await still_allowed(watcher)
                ask_at = clock() + feed.times.ask_again_s
    finally:
        joining.cancel()
        feed.leave(watcher)
