"""Whether a process keeps something of what it was given: its resident memory after a warm-up, and from then on."""

from __future__ import annotations

import ctypes
import gc
import os
import time
from pathlib import Path

MEGABYTE = 2**20
_LOOK_EVERY_S = 0.25
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class MemoryGrown(Exception):
    """More is kept than may be; the message says how much."""


class MemoryWatch:
    """Asked after every execution. What is kept before `warm_up_s` have passed counts as what a program needs."""

    def __init__(self, *, warm_up_s: float, allowed_mb: float) -> None:
        self._warm_from = time.monotonic() + warm_up_s
        self._allowed_mb = allowed_mb
        self._look_at = 0.0
        self._before_mb: float | None = None

    def look(self) -> None:
        """Raises MemoryGrown."""
        now = time.monotonic()
        if now < self._look_at or now < self._warm_from:
            return
        self._look_at = now + _LOOK_EVERY_S
        grown_mb = self.grown_mb()
        if grown_mb > self._allowed_mb:
            raise MemoryGrown(f"{grown_mb:.1f} MB more are resident than after the warm-up")

    def grown_mb(self) -> float:
        gc.collect()
        present_mb = resident_bytes() / MEGABYTE
        if self._before_mb is None:
            self._before_mb = present_mb
        return present_mb - self._before_mb


def settled_bytes() -> int:
    """What is resident once all that nobody holds any more went back, where the C library can be asked for that."""
    gc.collect()
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if give_back is not None:
        give_back(0)
    return resident_bytes()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
