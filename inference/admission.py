"""Whether one more request may wait: by how much work is ahead of it, so that what is accepted is answered soon."""

from __future__ import annotations


class Admission:
    """Work is counted in looks: 1.0 is what one look at a frame takes on this machine, lately.

    A request with at most `most_ahead` before it is let in, and one of a backlog with at most half of that. Beyond it
    stands an allowance for bursts: `queue_size` requests may wait longer, one more every `regained_every_s`. So a
    corridor of stations that fire at once is served, and a server that is too small for its load answers those whom it
    serves soon and refuses the others, instead of serving everybody late. Not thread-safe.
    """

    def __init__(self, queue_size: int, *, most_ahead: float, regained_every_s: float = 30.0) -> None:
        self._queue_size = queue_size
        self._most_ahead = most_ahead
        self._regained_every_s = regained_every_s
        self._allowance = float(queue_size)
        self._counted_at_s = 0.0

    def lets_in(self, *, waiting: int, ahead: float, backlog: bool, now_s: float) -> bool:
        """Whether one more would be let in. `waiting`: how many wait already; `now_s`: monotonic."""
        if waiting >= self._queue_size:
            return False
        if backlog:
            return ahead <= self._most_ahead / 2
        return ahead <= self._most_ahead or self._left(now_s) >= 1.0

    def entered(self, *, ahead: float, now_s: float) -> None:
        """One that `lets_in` allowed waits now."""
        if ahead > self._most_ahead:
            self._allowance = self._left(now_s) - 1.0
            self._counted_at_s = now_s

    def _left(self, now_s: float) -> float:
        regained = (now_s - self._counted_at_s) / self._regained_every_s
        return min(float(self._queue_size), self._allowance + max(0.0, regained))
