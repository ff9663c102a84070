"""What can be counted of a process's live feed, for whoever exports it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class FeedFigures:
    """Written by the event loop alone; any thread may read a field.

    `watchers_…`: open now. `lag_s`: from the commit of the event that was told last until it was told.
    """

    watchers_own: int = 0
    watchers_staff: int = 0
    position: int = 0
    events: int = 0
    delivered: int = 0
    replayed: int = 0
    snapshots: int = 0
    ended_slow: int = 0
    ended_unauthorised: int = 0
    reconnects: int = 0
    lag_s: float = 0.0

    def count(self, why: str) -> None:
        """A watcher was ended."""
        self.ended_slow += why == "slow"
        self.ended_unauthorised += why in ("unauthenticated", "forbidden")
