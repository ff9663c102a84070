"""The policy as it is recorded, kept in memory and asked for again once a second at most."""

from __future__ import annotations

import asyncio
import time

from adapters.database import Database
from application.manage_policy import POLICY
from application.ports import PolicyStore
from domain.policy import Policy, replay

FRESH_S = 1.0
_VERSION = "SELECT coalesce(max(originator_version), 0) FROM event WHERE originator_id = %s"


class RecordedPolicies:
    """Implements application.ports.Policies. Owned by one event loop.

    `initial` holds until the first change. Whether there was another change is one look into an index; that the stream
    is read again only then keeps a check-in free of it.
    """

    def __init__(self, database: Database, store: PolicyStore, initial: Policy, *, fresh_s: float = FRESH_S) -> None:
        self._database = database
        self._store = store
        self._initial = initial
        self._fresh_s = fresh_s
        self._known: Policy | None = None
        self._asked_s = 0.0
        self._asking = asyncio.Lock()

    async def current(self) -> Policy:
        known = self._fresh()
        if known is not None:
            return known
        async with self._asking:  # of all that find it old at once, one asks
            return self._fresh() or await self._ask()

    async def newest(self) -> Policy:
        async with self._asking:
            return await self._ask()

    def _fresh(self) -> Policy | None:
        return self._known if time.monotonic() - self._asked_s < self._fresh_s else None

    async def _ask(self) -> Policy:
        asked_s = time.monotonic()
        rows = await self._database.fetch(_VERSION, (POLICY,))
        if self._known is None or self._known.version != rows[0][0]:
            self._known = replay(self._initial, await self._store.load_policy(POLICY))
        self._asked_s = asked_s
        return self._known
