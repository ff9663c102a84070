"""A station says through when it has delivered everything: the watermark that absence waits for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from application.ports import Clock, Conflict, SessionStore
from domain import station as stations
from domain.station import progress_id

_ATTEMPTS = 5


class ReportStationProgress:
    """To be called when the outbox is empty: nothing that was captured before `through` is still to come."""

    def __init__(self, *, store: SessionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, station_id: UUID, through: datetime) -> None:
        at = self._clock.now()
        id = progress_id(station_id, at)
        for _ in range(_ATTEMPTS):
            progress = stations.replay(await self._store.load_station(id))
            events = stations.report(progress, station_id=station_id, through=through, at=at)
            try:
                await self._store.append(id, progress.version, events)
            except Conflict:
                continue
            return
        raise Conflict(f"station {station_id} reported {_ATTEMPTS} times at once")
