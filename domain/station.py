"""What a station has delivered: the moment through which nothing that it captured is still on its way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

import msgspec

_PROGRESS = UUID("c7b1a8de-52f0-5d0e-9a3c-2d1b7e0f4a96")


class StationEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the server's time, in UTC."""

    at: datetime


class StationReported(StationEvent, frozen=True, kw_only=True):
    """The station has delivered everything that it captured before `through`."""

    station_id: UUID
    through: datetime


class StationProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The reports of one station in one hour of the server's. A stream stays short, however long the station lives."""

    version: int = 0
    through: datetime | None = None


def progress_id(station_id: UUID, at: datetime) -> UUID:
    """The stream of the station's reports in the hour of `at`, which is in UTC."""
    return uuid5(_PROGRESS, f"{station_id}/{at:%Y-%m-%dT%H}")


def report(progress: StationProgress, *, station_id: UUID, through: datetime, at: datetime) -> list[StationEvent]:
    """Nothing where it says no more than is known. A station whose clock is ahead has delivered through now."""
    through = min(through, at)
    if progress.through is not None and through <= progress.through:
        return []
    return [StationReported(at=at, station_id=station_id, through=through)]


def evolve(progress: StationProgress, event: StationEvent) -> StationProgress:
    """The state after one more event."""
    if not isinstance(event, StationReported):
        raise TypeError(f"not an event of a station: {type(event).__name__}")
    through = event.through if progress.through is None else max(progress.through, event.through)
    return StationProgress(version=progress.version + 1, through=through)


def replay(events: Iterable[StationEvent]) -> StationProgress:
    progress = StationProgress()
    for event in events:
        progress = evolve(progress, event)
    return progress
