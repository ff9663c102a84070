"""The live feed of one process: reads what is new once, and tells all who watch it.

NOTIFY is only a doorbell: the log of events is the truth, read from the last position on, after every reconnection and
every few seconds besides. Events come from the log, so that each is told once; what they mean comes from the read
models, and an event is told once these show it (docs/decisions/0009-told-once-it-can-be-asked.md).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import msgspec
import structlog

from adapters.database import Database, connect_async
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.projection_pages import MOVED_CHANNEL, NOT_THE_EVENT
from adapters.live.audience import Audience, Watcher, concerning
from adapters.live.changes import ChangeReader, Fetch, fetching
from adapters.live.figures import FeedFigures
from adapters.live.frames import Framed
from adapters.live.memory import Memory
from adapters.live.messages import Heartbeat
from adapters.live.snapshots import Snapshots
from adapters.live.updates import Update, updates_of
from application.ports import Clock

_log = structlog.get_logger("live")
_PAGE = 200
_REMEMBERED = 4_000
_REPLAYED_AT_MOST = 20_000
_REMEMBERED_AT_START = 1_000
_BEGINS_WITHIN_S = 5.0
_SHORTEST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 5.0
_UNWATCHED_S = 0.1


class FeedTimes(msgspec.Struct, frozen=True, kw_only=True):
    """`poll_s`: how often the log is looked at though no bell rang; `ask_again_s`: whether a watcher still may."""

    heartbeat_s: float = 5.0
    poll_s: float = 5.0
    ask_again_s: float = 10.0


class LiveFeed:
    """Owned by one event loop; `running` while it serves. Its task has one connection, which it replaces.

    The last updates are kept in memory, so that hundreds of watchers who come back after a restart cost no query each.
    Whoever was away for longer is replayed from the log, or begins with a snapshot again.
    """

    def __init__(self, database: Database, keys: KeyRing, *, clock: Clock, times: FeedTimes | None = None) -> None:
        self.figures = FeedFigures()
        self._database = database
        self._reader = ChangeReader(keys)
        self._clock = clock
        self.times = times or FeedTimes()
        self._audience = Audience(self.figures)
        self._memory = Memory(_REMEMBERED)
        self._begun = asyncio.Event()
        self._snapshots = Snapshots(database.fetch, clock)

    @property
    def position(self) -> int:
        """Through which everybody who watches was told."""
        return self.figures.position

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(self._follow_for_ever(), name="live feed"),
            asyncio.create_task(self._beat_for_ever(), name="live feed heartbeat"),
        ]
        try:
            yield
        finally:
            self.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def end(self) -> None:
        """The server is about to stop: its watchers go to another, or come back."""
        self._audience.end("restart")

    # Joining and leaving

    async def join(self, watcher: Watcher, after: int | None) -> None:
        """Tell it all after the position `after`, or a snapshot where there is none, and from then on what is new."""
        try:
            async with asyncio.timeout(_BEGINS_WITHIN_S):
                await self._begun.wait()
            if not self._audience.has_room(watcher.person):
                watcher.end("full")
            await self._bring_up(watcher, await self._known(after))
        except (TimeoutError, *NOT_THE_EVENT) as error:
            _log.warning("a watcher cannot be told", error=type(error).__name__)
            watcher.end("not-ready")

    def leave(self, watcher: Watcher) -> None:
        self._audience.leave(watcher)

    async def snapshot(self, person: UUID | None) -> Framed:
        """What a watcher begins with; staff, where it is nobody's own."""
        self.figures.snapshots += 1
        if person is None:
            return await self._snapshots.staff(self.position)
        return await self._snapshots.own(person, self._memory)

    async def _bring_up(self, watcher: Watcher, at: int | None) -> None:
        while not watcher.ended:
            if at is None:
                snapshot = await self.snapshot(watcher.person)
                watcher.tell([snapshot])
                at = snapshot.position
            elif at < self._memory.floor:
                at = await self._replay(watcher, at)
            elif len(behind := self._memory.after(at)) > _PAGE:
                at = self._tell(watcher, behind[:_PAGE])
            else:
                # Nothing waits between here and `join`: what is told next is told to this watcher as well.
                self._tell(watcher, behind)
                watcher.told = max(at, self.position)
                watcher.tell([Framed(Heartbeat(position=watcher.told))])
                self._audience.join(watcher)
                return
            await watcher.drained()

    async def _known(self, after: int | None) -> int | None:
        """None where it is too long ago, or lies in a future that this database does not know."""
        if after is None or self.position - after > _REPLAYED_AT_MOST:
            return None
        known = after <= self.position or after <= await self._reader.recorded(self._database.fetch)
        return after if known else None

    async def _replay(self, watcher: Watcher, after: int) -> int:
        page = await self._reader.after(after, _PAGE, self._database.fetch)
        self._tell(watcher, await updates_of(page.changes, self._database.fetch))
        return page.through if page.through > after else self._memory.floor

    def _tell(self, watcher: Watcher, updates: Sequence[Update]) -> int:
        messages = concerning(updates, watcher.person)
        if messages:
            watcher.tell(messages)
        self.figures.replayed += len(messages)
        if watcher.person is not None and any(update.erased == watcher.person for update in updates):
            watcher.end("unauthenticated")
        return updates[-1].position if updates else 0

    # The task

    async def _follow_for_ever(self) -> None:
        pause_s = _SHORTEST_PAUSE_S
        while True:
            try:
                async with await connect_async(self._database.dsn, name="live feed") as connection:
                    await connection.execute(f"LISTEN {MOVED_CHANNEL}")
                    fetch = fetching(connection)
                    if not self._begun.is_set():
                        self._begin(await self._reader.shown(fetch))
                    while True:
                        await self._catch_up(fetch)
                        self._begun.set()
                        pause_s = _SHORTEST_PAUSE_S
                        async for _ in connection.notifies(timeout=self.times.poll_s, stop_after=1):
                            pass
                        await self._until_watched()
            except NOT_THE_EVENT as error:
                _log.warning("the live feed lost the database, trying again", error=type(error).__name__)
            except Exception:
                _log.exception("the live feed failed, trying again")
            self.figures.reconnects += 1
            await asyncio.sleep(pause_s * (1 + random.random()))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _until_watched(self) -> None:
        """While nobody watches, a burst of bells is answered once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_UNWATCHED_S):
                await self._audience.there.wait()

    def _begin(self, shown: int) -> None:
        """A little before what is shown, for those who come back after a restart."""
        self.figures.position = self._memory.floor = max(0, shown - _REMEMBERED_AT_START)

    async def _catch_up(self, fetch: Fetch) -> None:
        full = True
        while full:
            page = await self._reader.after(self.position, _PAGE, fetch)
            updates = await updates_of(page.changes, fetch)
            full = page.full
            self.figures.position = page.through
            if updates:
                self._remember(updates)
                self._audience.tell(updates)
                self.figures.events += len(updates)
                self.figures.lag_s = (self._clock.now() - updates[-1].recorded_at).total_seconds()

    def _remember(self, updates: Sequence[Update]) -> None:
        self._memory.add(updates)
        if any(update.erased is not None for update in updates):
            self._snapshots.forget()

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.times.heartbeat_s)
            self._audience.beat(Framed(Heartbeat(position=self.position)))
