"""What to send next: the person at the door first, then the backlog in order, and nothing in a time of quiet."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from edge_device.link import Backoff, Link
from edge_device.record import Waiting

_MOST_IN_FLIGHT = 2
_PAUSES_OF_ITS_OWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast to try again: one burst, the probes of a server that is down, a pause until somebody mends something."""

    record_base_s: float = 0.5
    record_cap_s: float = 120.0
    link_base_s: float = 0.5
    link_cap_s: float = 60.0
    pause_base_s: float = 5.0
    pause_cap_s: float = 300.0


class Schedule:
    """Pure bookkeeping on monotonic seconds; owned by the delivery's event loop."""

    def __init__(self, waiting: Iterable[Waiting], *, pace: Pace, rng: random.Random) -> None:
        self._pace = pace
        self._rng = rng
        self._waiting = {entry.sequence: entry for entry in waiting}
        self._live: int | None = None
        self._in_flight: set[int] = set()
        self._due_s: dict[int, float] = {}
        self._backoffs: dict[int, Backoff] = {}
        self._quiet_until_s = 0.0
        self._pause = Backoff(rng, base_s=pace.pause_base_s, cap_s=pace.pause_cap_s, floor_share=0.5)
        self._successes = 0
        self._pauses: dict[int, tuple[int, int]] = {}
        self.link = Link(Backoff(rng, base_s=pace.link_base_s, cap_s=pace.link_cap_s))

    def __len__(self) -> int:
        return len(self._waiting)

    def add_live(self, entry: Waiting) -> None:
        """Somebody stands at the door and waits for this one."""
        self._waiting[entry.sequence] = entry
        self._live = entry.sequence

    def is_live(self, sequence: int) -> bool:
        """Whether somebody stands at the door and waits for this one."""
        return self._live == sequence

    def take_next(self, now_s: float) -> Waiting | None:
        """The next to send now, in flight from here on until `landed`."""
        entry = self._next_live(now_s) or self._next_of_backlog(now_s)
        if entry is not None:
            self._in_flight.add(entry.sequence)
        return entry

    def sleep_s(self, now_s: float) -> float | None:
        """How long nothing will become due, None where only a new burst or a landing can change that."""
        idle = [sequence for sequence in self._waiting if sequence not in self._in_flight]
        if self._in_flight:
            idle = [sequence for sequence in idle if sequence == self._live]
            if self.link.down or len(self._in_flight) >= _MOST_IN_FLIGHT:
                idle = []
        if not idle:
            return None
        due_s = max(min(self._due_s.get(sequence, 0.0) for sequence in idle), self._quiet_until_s)
        if self.link.down:
            due_s = max(due_s, self.link.probe_at_s)
        return max(0.001, due_s - now_s)

    def landed(self, sequence: int) -> None:
        self._in_flight.discard(sequence)

    def advance(self, entry: Waiting) -> None:
        """The same burst waits for its next operation, at once."""
        self._waiting[entry.sequence] = entry
        self._forget_failures(entry.sequence)

    def remove(self, sequence: int) -> None:
        self._waiting.pop(sequence, None)
        self._forget_failures(sequence)
        if self._live == sequence:
            self._live = None

    def succeeded(self) -> None:
        """Our server took something: nothing is in the way any more."""
        self._successes += 1
        self._pause.reset()

    def retry(self, sequence: int, now_s: float, retry_after_s: float | None) -> float:
        """Seconds until this burst is tried again. A `Retry-After` speaks for the whole server: all wait for it."""
        backoff = self._backoffs.get(sequence)
        if backoff is None:
            backoff = Backoff(self._rng, base_s=self._pace.record_base_s, cap_s=self._pace.record_cap_s)
            self._backoffs[sequence] = backoff
        wait_s = backoff.next_s()
        if retry_after_s is not None:
            self._quiet_until_s = max(self._quiet_until_s, now_s + retry_after_s)
            wait_s = max(wait_s, retry_after_s)
        self._due_s[sequence] = now_s + wait_s
        return wait_s

    def pause(self, sequence: int, now_s: float, retry_after_s: float | None) -> float:
        """Seconds of quiet for all. The burst that met the obstacle is due last, so that another one probes."""
        wait_s = max(self._pause.next_s(), retry_after_s or 0.0)
        self._quiet_until_s = now_s + wait_s
        self._due_s[sequence] = now_s + 1.5 * wait_s
        return wait_s

    def obstructs_alone(self, sequence: int) -> bool:
        """Has this burst met the obstacle again and again while others went through? Then the obstacle is the burst."""
        count, successes = self._pauses.get(sequence, (0, -1))
        if count == 0 or self._successes > successes:
            count += 1
        self._pauses[sequence] = (count, self._successes)
        return count > _PAUSES_OF_ITS_OWN

    def _next_live(self, now_s: float) -> Waiting | None:
        """The first attempt does not wait for the next probe: it is the probe."""
        entry = None if self._live is None else self._waiting.get(self._live)
        if entry is None or entry.sequence in self._in_flight or now_s < self._quiet_until_s:
            return None
        if len(self._in_flight) >= (1 if self.link.down else _MOST_IN_FLIGHT):
            return None
        tried = entry.sequence in self._backoffs
        if tried and (now_s < self._due_s[entry.sequence] or (self.link.down and now_s < self.link.probe_at_s)):
            return None
        return entry if now_s >= self._due_s.get(entry.sequence, 0.0) else None

    def _next_of_backlog(self, now_s: float) -> Waiting | None:
        """One at a time, and only while nothing else is under way: whoever stands at the door must not wait for it."""
        if self._in_flight or now_s < self._quiet_until_s or (self.link.down and now_s < self.link.probe_at_s):
            return None
        return next((entry for entry in self._waiting.values() if now_s >= self._due_s.get(entry.sequence, 0.0)), None)

    def _forget_failures(self, sequence: int) -> None:
        self._due_s.pop(sequence, None)
        self._backoffs.pop(sequence, None)
        self._pauses.pop(sequence, None)
