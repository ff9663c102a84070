"""Replaces the station's key by a new one, so that a lost answer or a power cut never locks the station out."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

from edge_device.clock import ServerClock, rfc3339
from edge_device.exchange import Exchange
from edge_device.identity import Identity
from edge_device.identity_contract import KEYS_PATH, confirms_key, rotation_request
from edge_device.identity_steps import KeyRotated
from edge_device.steps import Listener


class Rotation:
    """Both keys are kept until the server has named the new one. Asking again with the same new key is no second one.

    The new key is never given up for another: a request that is still on its way could make it the station's only one.
    """

    def __init__(
        self,
        identity: Identity,
        exchange: Exchange,
        clock: ServerClock,
        listener: Listener,
        *,
        after: timedelta | None = None,
    ) -> None:
        """`after`: how old a key may become; None leaves it for ever. `exchange` signs with the keys of `identity`."""
        self._identity = identity
        self._exchange = exchange
        self._clock = clock
        self._report = listener
        self._after = after

    @property
    def due(self) -> bool:
        """A rotation is unfinished, or the key is old."""
        if self._identity.pairing is None:
            return False
        if self._identity.keys.next is not None:
            return True
        now, since = self._now(), self._identity.pairing.key_since
        if now is None or self._after is None:
            return False
        if since is None:
            self._identity.confirm(replace(self._identity.pairing, key_since=rfc3339(now)))
            return False
        return now - datetime.fromisoformat(since) >= self._after

    async def rotate(self) -> bool:
        """True where the server takes the new key from now on, and only that. Raises `Unreachable`."""
        pairing = self._identity.pairing
        assert pairing is not None, "only a paired station has a key to replace"
        next_key = self._identity.keys.prepared()
        answer = await self._exchange.post(KEYS_PATH, rotation_request(pairing.station_id, next_key))
        if not confirms_key(answer, next_key):
            return False
        self._identity.keys.promote()
        now = self._now()
        self._identity.confirm(replace(pairing, key_since=None if now is None else rfc3339(now)))
        self._report(KeyRotated(key_id=next_key.key_id))
        return True

    def _now(self) -> datetime | None:
        return self._clock.wall_time(time.monotonic_ns())
