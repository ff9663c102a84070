"""Times the stages of one piece of work."""

from __future__ import annotations

from time import perf_counter

from domain.check_in import Timings


class Stopwatch:
    def __init__(self) -> None:
        self.timings_ms: Timings = {}
        self._since = perf_counter()

    def lap(self, stage: str) -> None:
        """What happened since the last lap was `stage`."""
        now = perf_counter()
        self.timings_ms[stage] = (now - self._since) * 1e3
        self._since = now
