"""The event that is committed in one transaction with the first events that whoever is at work appends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from uuid import UUID

from domain.audit import AuditEvent


class Companion:
    """Mutable, so that the tasks of one piece of work, each with a copy of its context, see what the others recorded.

    `event_for` is told the stream that the event goes with.
    """

    def __init__(self, event_for: Callable[[UUID], AuditEvent]) -> None:
        self.event_for = event_for
        self.recorded = False
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[bool]:
        """Whether it is still to be recorded: then it is, once this is left without an exception.

        Until somebody did, those who append for the same work wait for each other here.
        """
        async with self._turn:
            yield not self.recorded
            self.recorded = True


COMPANION: ContextVar[Companion | None] = ContextVar("companion", default=None)
