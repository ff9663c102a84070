"""What is done with a station once it is paired: its key rotated, moved, told its settings, heard from, revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from application.ports import Clock, Conflict, Projections, StationHealth, StationHealths, Stations, StationStore
from domain import paired_station as identities
from domain.paired_station import KeyUnusable, NotPaired, PairedStation, PublicKey, StationRevoked, station_id
from domain.station import StationEvent
from domain.station_events import StationSettings

Refused = TypeVar("Refused")
PROJECTED_WITHIN_S = 5.0
_ATTEMPTS = 5


class StationNotFound(msgspec.Struct, frozen=True):
    """No station was ever paired under this id, or shown this code."""


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """The station that may sign with `key`, now."""

    station: UUID
    name: str
    key: PublicKey


class FindSigner:
    """Asked at every signed request, so that a key which was rotated or revoked ends at once in every process."""

    def __init__(self, *, store: StationStore, stations: Stations) -> None:
        self._store = store
        self._stations = stations

    async def __call__(self, key_id: str) -> Signer | None:
        holder = await self._stations.holder(key_id)
        if holder is None:
            return None
        if holder.current:
            key = PublicKey(holder.public_key, key_id)
            return Signer(station=holder.station, name=holder.name, key=key) if holder.paired else None
        station = await load_identity(self._store, holder.station)
        if station is None or station.state != "paired" or station.key.id != key_id:
            return None
        return Signer(station=station.id, name=station.name, key=station.key)


class RotateKey:
    def __init__(self, *, store: StationStore, stations: Stations, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._stations = stations
        self._projections = projections
        self._clock = clock

    async def __call__(
        self, station: UUID, key: PublicKey
    ) -> PairedStation | StationNotFound | NotPaired | StationRevoked | KeyUnusable:
        """Whoever asks must have shown that they hold the key (`rotation_statement`)."""
        holder = await self._stations.holder(key.id)
        elsewhere = holder is not None and holder.station != station
        own = station_id(key)
        if elsewhere or (own != station and await load_identity(self._store, own) is not None):
            return KeyUnusable("another station has this key, or asked to be paired with it")
        return await change_station(
            self._store,
            self._projections,
            station,
            lambda known: identities.rotate_key(known, key, at=self._clock.now()),
        )


class ManageStation:
    """`by`: the subject of whoever decided it, None at the server's own command line."""

    def __init__(self, *, store: StationStore, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._projections = projections
        self._clock = clock

    async def move(
        self, id: UUID, *, name: str, room: str, by: UUID | None
    ) -> PairedStation | StationNotFound | NotPaired | StationRevoked:
        return await change_station(
            self._store,
            self._projections,
            id,
            lambda station: identities.move(station, name=name, room=room, by=by, at=self._clock.now()),
        )

    async def change_settings(
        self, id: UUID, settings: StationSettings, *, by: UUID | None
    ) -> PairedStation | StationNotFound | NotPaired | StationRevoked:
        return await change_station(
            self._store,
            self._projections,
            id,
            lambda station: identities.change_settings(station, settings, by=by, at=self._clock.now()),
        )

    async def revoke(self, id: UUID, *, by: UUID | None) -> PairedStation | StationNotFound | NotPaired:
        return await change_station(
            self._store,
            self._projections,
            id,
            lambda station: identities.revoke(station, by=by, at=self._clock.now()),
        )


class Instructions(msgspec.Struct, frozen=True, kw_only=True):
    """What a station hears when it says how it is. `settings_version`: 0 where it has a token and was never paired."""

    settings: StationSettings
    settings_version: int
    server_time: datetime
    room: str | None
    name: str


class HearStation:
    """Keeps how a station is, and answers what it is to do."""

    def __init__(self, *, store: StationStore, healths: StationHealths, clock: Clock) -> None:
        self._store = store
        self._healths = healths
        self._clock = clock

    async def __call__(self, id: UUID, name: str, health: Callable[[datetime], StationHealth]) -> Instructions:
        """`name`: what the station is called where it was never paired. `health`: at the server's time."""
        at = self._clock.now()
        await self._healths.keep(id, health(at))
        station = await load_identity(self._store, id)
        if station is None:
            return Instructions(settings=StationSettings(), settings_version=0, server_time=at, room=None, name=name)
        return Instructions(
            settings=station.settings,
            settings_version=station.settings_version,
            server_time=at,
            room=station.room,
            name=station.name,
        )


async def load_identity(store: StationStore, id: UUID) -> PairedStation | None:
    return identities.replay(id, await store.load_station(id))


async def change_station(
    store: StationStore,
    projections: Projections,
    id: UUID | None,
    decide: Callable[[PairedStation], list[StationEvent] | Refused],
) -> PairedStation | StationNotFound | Refused:
    """Load, decide, record, and wait until it is seen; once more where another writer was first."""
    for _ in range(_ATTEMPTS):
        station = None if id is None else await load_identity(store, id)
        if id is None or station is None:
            return StationNotFound()
        decided = decide(station)
        if not isinstance(decided, list):
            return decided
        try:
            position = await store.append(id, station.version, decided)
        except Conflict:
            continue
        await projections.wait(position, PROJECTED_WITHIN_S)
        for event in decided:
            station = identities.evolve(station, event, id=id)
        return station
    raise Conflict(f"station {id} changed {_ATTEMPTS} times")
