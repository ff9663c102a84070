"""Pairing a station: the device shows a code, an administrator approves it, the device asks until it hears so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from application.ports import Clock, Conflict, Projections, Stations, StationStore
from application.stations import PROJECTED_WITHIN_S, StationNotFound, change_station, load_identity
from domain import paired_station as identities
from domain.paired_station import (
    KeyUnusable,
    PairedStation,
    PairingOver,
    PairingStatus,
    PublicKey,
    StationRevoked,
    canonical_code,
    station_id,
)

MOST_PENDING = 64
_ATTEMPTS = 5


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """`status`: as it is now."""

    station: PairedStation
    status: PairingStatus


class TooManyPairings(msgspec.Struct, frozen=True):
    """So many devices wait to be approved that no more are taken before `retry_at`."""

    retry_at: datetime


class RequestPairing:
    """Anybody may ask; what holds them is how many may wait at once. `new_code` draws one that cannot be guessed."""

    def __init__(
        self,
        *,
        store: StationStore,
        stations: Stations,
        projections: Projections,
        clock: Clock,
        new_code: Callable[[], str],
    ) -> None:
        self._store = store
        self._stations = stations
        self._projections = projections
        self._clock = clock
        self._new_code = new_code

    async def __call__(
        self, key: PublicKey, *, name: str, software: str
    ) -> Pairing | StationRevoked | KeyUnusable | TooManyPairings:
        """The same key while it waits meets the pairing that it has. Who holds the key is for the caller to check."""
        id = station_id(key)
        for _ in range(_ATTEMPTS):
            station = await load_identity(self._store, id)
            at = self._clock.now()
            code = await self._unused_code()
            decided = identities.request_pairing(station, key, name=name, software=software, user_code=code, at=at)
            if not isinstance(decided, list):
                return decided
            if decided and (refused := await self._refused(id, key, at)) is not None:
                return refused
            version = 0 if station is None else station.version
            try:
                position = await self._store.append(id, version, decided)
            except Conflict:
                continue
            await self._projections.wait(position, PROJECTED_WITHIN_S)
            for event in decided:
                station = identities.evolve(station, event, id=id)
            assert station is not None, "what is not known yet was requested now"
            return Pairing(station=station, status=station.pairing(at))
        raise Conflict(f"pairing {id} was requested {_ATTEMPTS} times at once")

    async def _refused(self, id: UUID, key: PublicKey, at: datetime) -> KeyUnusable | TooManyPairings | None:
        holder = await self._stations.holder(key.id)
        if holder is not None and holder.station != id:
            return KeyUnusable("another station has this key")
        pending = await self._stations.pending(at)
        return TooManyPairings(min(one.expires_at for one in pending)) if len(pending) >= MOST_PENDING else None

    async def _unused_code(self) -> str:
        while await self._stations.with_code(code := self._new_code()) is not None:
            pass
        return code


class FollowPairing:
    def __init__(self, *, store: StationStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, id: UUID) -> Pairing | None:
        station = await load_identity(self._store, id)
        return None if station is None else Pairing(station=station, status=station.pairing(self._clock.now()))


class DecidePairing:
    """Approves or refuses what waits under a code, however the code was typed. `by`: the administrator's subject."""

    def __init__(self, *, store: StationStore, stations: Stations, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._stations = stations
        self._projections = projections
        self._clock = clock

    async def approve(
        self, user_code: str, *, name: str, room: str, by: UUID | None
    ) -> PairedStation | StationNotFound | PairingOver:
        return await change_station(
            self._store,
            self._projections,
            await self._stations.with_code(canonical_code(user_code)),
            lambda station: identities.approve(station, name=name, room=room, by=by, at=self._clock.now()),
        )

    async def refuse(self, user_code: str, *, by: UUID | None) -> PairedStation | StationNotFound | PairingOver:
        return await change_station(
            self._store,
            self._projections,
            await self._stations.with_code(canonical_code(user_code)),
            lambda station: identities.refuse(station, by=by, at=self._clock.now()),
        )
