"""How long to wait before trying again, and whether the server is there at all: full jitter, and a circuit breaker."""

from __future__ import annotations

import random


class Backoff:
    """Full jitter: a uniform draw up to a bound that doubles, so that many stations do not return at once."""

    def __init__(self, rng: random.Random, *, base_s: float, cap_s: float, floor_share: float = 0.0) -> None:
        """`floor_share` of the bound is always waited."""
        self._rng = rng
        self._base_s = base_s
        self._cap_s = cap_s
        self._floor_share = floor_share
        self._failures = 0

    def next_s(self) -> float:
        bound_s = min(self._cap_s, self._base_s * 2 ** min(self._failures, 20))
        self._failures += 1
        return self._rng.uniform(self._floor_share * bound_s, bound_s)

    def reset(self) -> None:
        self._failures = 0


class Link:
    """Closed while the server answers; down after `trip` failures in a row, and then one probe is due at a time."""

    def __init__(self, backoff: Backoff, *, trip: int = 3) -> None:
        self._backoff = backoff
        self._trip = trip
        self._failures = 0
        self.probe_at_s = 0.0

    @property
    def down(self) -> bool:
        return self._failures >= self._trip

    def failed(self, now_s: float) -> bool:
        """True where this failure brought the link down."""
        was_down = self.down
        self._failures += 1
        if self.down:
            self.probe_at_s = now_s + self._backoff.next_s()
        return self.down and not was_down

    def answered(self) -> bool:
        """True where this answer brought the link back."""
        was_down = self.down
        self._failures = 0
        self.probe_at_s = 0.0
        self._backoff.reset()
        return was_down
