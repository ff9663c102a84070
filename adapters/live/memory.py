"""The last updates of the feed, kept in memory for those who come back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import takewhile
from uuid import UUID

from adapters.live.messages import OwnCheckIn
from adapters.live.updates import Update, without


class Memory:
    """At most `most` updates, owned by one event loop. Every update after the position `floor` is in it.

    Whoever is erased is forgotten at once: their names are in messages that were made before.
    """

    def __init__(self, most: int) -> None:
        self.floor = 0
        self._most = most
        self._updates: deque[Update] = deque()

    def add(self, updates: Sequence[Update]) -> None:
        self._updates.extend(updates)
        for update in updates:
            if update.erased is not None:
                person = update.erased
                self._updates = deque(without(one, person) for one in self._updates)
        while len(self._updates) > self._most:
            self.floor = self._updates.popleft().position

    def after(self, position: int) -> list[Update]:
        """In order of position."""
        found = list(takewhile(lambda update: update.position > position, reversed(self._updates)))
        found.reverse()
        return found

    def check_ins_of(self, person: UUID, *, through: int) -> Iterator[OwnCheckIn]:
        """What was told of each up to that position, the latest of each check-in first."""
        for update in reversed(self._updates):
            told = update.own.get(person)
            if told is not None and isinstance(told.message, OwnCheckIn) and update.position <= through:
                yield told.message
