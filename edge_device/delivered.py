"""Through when everything that the station captured is delivered: what nobody may be declared absent before."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from edge_device.clock import ServerClock
from edge_device.outbox import Outbox

# A capture is dated by an estimate of the server's clock. One answer, 30 s under way at most, leaves it off by 15.5 s;
# a restart may leave the station with no better one. So much earlier, no capture of later can be dated.
_MARGIN = timedelta(seconds=16)


class Delivered:
    """Never claims more than is true, so it claims nothing while anything waits, or the server's clock is not known.

    Owned by the event loop that captures and delivers.
    """

    def __init__(self, outbox: Outbox, clock: ServerClock, capturing_since_ns: Callable[[], int | None]) -> None:
        """`capturing_since_ns`: monotonic, when the capture under way began; None where nothing is being captured."""
        self._outbox = outbox
        self._clock = clock
        self._capturing_since_ns = capturing_since_ns

    def through(self) -> datetime | None:
        now_ns = time.monotonic_ns()
        since_ns = self._capturing_since_ns()
        if self._outbox.waiting_items:
            return None
        earliest = self._clock.earliest_time(now_ns if since_ns is None else since_ns)
        return None if earliest is None else earliest - _MARGIN
