"""What time it was: this boot's monotonic clock, and the server's wall clock worked out from its answers."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_DATE_RESOLUTION_S = 1.0
_SAMPLE_LIFE_S = 900.0
_SAMPLES = 64


def boot_id() -> str:
    """Names this boot: monotonic times compare only within it. Where the machine does not tell, each start is one."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return f"unknown-{time.time_ns()}"


class ServerClock:
    """The server's wall clock on this machine's monotonic clock. A Pi has no battery clock, so its own is not asked.

    A `Date` header says that the server's time lay within one second when the answer was made, which was between
    sending and receiving. The ranges of the last 15 minutes are intersected; the middle is the estimate.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float, float]] = deque(maxlen=_SAMPLES)

    def observe(self, date: str | None, *, sent_s: float, received_s: float) -> None:
        """`sent_s`, `received_s`: `time.monotonic()` around the request whose answer carried `date`."""
        if date is None:
            return
        try:
            server_s = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        earliest, latest = server_s - received_s, server_s + _DATE_RESOLUTION_S - sent_s
        # A step of the server's clock contradicts the older samples: then only the newest counts.
        if self._samples and not self._overlaps(earliest, latest):
            self._samples.clear()
        self._samples.append((received_s, earliest, latest))
        while received_s - self._samples[0][0] > _SAMPLE_LIFE_S:
            self._samples.popleft()

    def wall_time(self, monotonic_ns: int) -> datetime | None:
        """The server's time at a monotonic time of this boot, None before the server was heard."""
        if not self._samples:
            return None
        earliest, latest = self._range()
        seconds = monotonic_ns / 1e9 + (earliest + latest) / 2
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)

    def earliest_time(self, monotonic_ns: int) -> datetime | None:
        """The server's time was at least this; None before the server was heard."""
        if not self._samples:
            return None
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=monotonic_ns / 1e9 + self._range()[0])

    @property
    def uncertainty_s(self) -> float | None:
        if not self._samples:
            return None
        earliest, latest = self._range()
        return (latest - earliest) / 2

    def _range(self) -> tuple[float, float]:
        return max(sample[1] for sample in self._samples), min(sample[2] for sample in self._samples)

    def _overlaps(self, earliest: float, latest: float) -> bool:
        known_earliest, known_latest = self._range()
        return max(earliest, known_earliest) <= min(latest, known_latest)


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
