"""Who watches the live feed of this process, and how each is told what concerns it, without waiting for any other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Literal, Protocol
from uuid import UUID

import structlog

from adapters.live.figures import FeedFigures
from adapters.live.frames import Framed
from adapters.live.updates import Update

Ending = Literal[
    "restart", "slow", "full", "unasked", "malformed", "unauthenticated", "forbidden", "not-ready", "too-often"
]
"""`slow`: it reads too little; `full`: there are too many; `unasked`: it sent something; `restart`: the server goes."""
MOST_UNSENT_BYTES = 524_288
MOST_WATCHERS = 4_000
MOST_OF_ONE_PERSON = 20
_log = structlog.get_logger("live")


class Watcher(Protocol):
    """One connection. `person`: whose own feed it is, None for the feed of staff.

    `tell` never waits: a watcher for whom too much is unsent ends itself, and can resume.
    """

    person: UUID | None
    told: int
    """The position through which it was told everything."""

    @property
    def ended(self) -> bool: ...

    def tell(self, messages: Sequence[Framed]) -> None:
        """In order of position."""
        ...

    def end(self, why: Ending) -> None: ...

    async def drained(self) -> None:
        """Return once little is unsent, or it has ended."""
        ...


class Audience:
    """Owned by one event loop. `there`: set while anybody watches."""

    def __init__(self, figures: FeedFigures) -> None:
        self.there = asyncio.Event()
        self._figures = figures
        self._staff: set[Watcher] = set()
        self._own: dict[UUID, set[Watcher]] = {}

    def join(self, watcher: Watcher) -> None:
        if watcher.person is None:
            self._staff.add(watcher)
        else:
            self._own.setdefault(watcher.person, set()).add(watcher)
        self._count()

    def leave(self, watcher: Watcher) -> None:
        self._staff.discard(watcher)
        if watcher.person is not None:
            watching = self._own.get(watcher.person, set())
            watching.discard(watcher)
            if not watching:
                self._own.pop(watcher.person, None)
        self._count()

    def has_room(self, person: UUID | None) -> bool:
        """For one more; nobody takes all the room there is."""
        own = 0 if person is None else len(self._own.get(person, ()))
        return self._figures.watchers_staff + self._figures.watchers_own < MOST_WATCHERS and own < MOST_OF_ONE_PERSON

    def everybody(self) -> list[Watcher]:
        return [*self._staff, *(watcher for watching in self._own.values() for watcher in watching)]

    def tell(self, updates: Sequence[Update]) -> None:
        """Each watcher once with all that concerns it; whoever was erased is told nothing after that."""
        through = updates[-1].position
        staff = [update.staff for update in updates if update.staff is not None]
        for watcher in list(self._staff):
            self._tell(watcher, staff, through)
        for person in {person for update in updates for person in update.own} & self._own.keys():
            messages = [update.own[person] for update in updates if person in update.own]
            for watcher in list(self._own[person]):
                self._tell(watcher, messages, through)
        for update in updates:
            if update.erased is not None:
                for watcher in list(self._own.get(update.erased, ())):
                    watcher.end("unauthenticated")

    def beat(self, heartbeat: Framed) -> None:
        for watcher in self.everybody():
            if watcher.told <= heartbeat.position:
                watcher.tell([heartbeat])

    def end(self, why: Ending) -> None:
        for watcher in self.everybody():
            watcher.end(why)

    def _tell(self, watcher: Watcher, messages: Sequence[Framed], through: int) -> None:
        if messages and watcher.told >= messages[0].position:
            messages = [message for message in messages if message.position > watcher.told]
        if messages:
            try:
                watcher.tell(messages)
            except Exception:
                _log.exception("a watcher cannot be told")
                watcher.end("not-ready")
            self._figures.delivered += len(messages)
        watcher.told = max(watcher.told, through)

    def _count(self) -> None:
        self._figures.watchers_staff = len(self._staff)
        self._figures.watchers_own = sum(len(watching) for watching in self._own.values())
        if self._staff or self._own:
            self.there.set()
        else:
            self.there.clear()


def concerning(updates: Iterable[Update], person: UUID | None) -> list[Framed]:
    """What one watcher is told of them."""
    if person is None:
        return [update.staff for update in updates if update.staff is not None]
    return [update.own[person] for update in updates if person in update.own]
