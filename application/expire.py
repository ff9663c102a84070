"""Check-ins whose decision never came: a crash leaves a trace, and the trace gets an end."""

from __future__ import annotations

from datetime import timedelta

from application.ports import CheckIns, Clock, Conflict, EventStore
from domain import check_in as check_ins


class ExpireUndecided:
    def __init__(self, *, store: EventStore, check_ins: CheckIns, clock: Clock, after_s: float) -> None:
        self._store = store
        self._check_ins = check_ins
        self._clock = clock
        self._after = timedelta(seconds=after_s)

    async def __call__(self) -> int:
        """How many were expired. A retry of the station may still bring their decision."""
        expired = 0
        for id in await self._check_ins.undecided_since(self._clock.now() - self._after):
            check_in = check_ins.replay(id, await self._store.load_check_in(id))
            events = [] if check_in is None else check_ins.expire(check_in, at=self._clock.now())
            if check_in is None or not events:
                continue
            try:
                await self._store.append(id, check_in.version, events)
            except Conflict:
                continue
            expired += 1
        return expired
