"""The streams and the read models of stations: who may act as which, who waits to be approved, and how each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from domain.station import StationEvent
from domain.station_events import StationSettings

CameraState = Literal["ok", "failed", "starting"]


class KeyHolder(msgspec.Struct, frozen=True, kw_only=True):
    """The station of a key. `current`: whether all that was ever recorded of the station has been seen."""

    station: UUID
    name: str
    public_key: str
    paired: bool
    current: bool


class PendingPairing(msgspec.Struct, frozen=True, kw_only=True):
    """A device that waits to be approved; all but the key is what it says of itself."""

    id: UUID
    user_code: str
    name: str
    software: str
    key_id: str
    requested_at: datetime
    expires_at: datetime


class StationSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A station that was paired. `software`: as it was when it asked."""

    id: UUID
    name: str
    room: str
    key_id: str
    paired_at: datetime
    revoked_at: datetime | None
    software: str
    settings: StationSettings
    settings_version: int


class StationHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What a station said of itself `at`, by the server's clock.

    `clock_offset_ms`: its clock minus the server's. `delivered_through`: nothing older is in its outbox.
    """

    at: datetime
    software: str
    queue_items: int
    queue_bytes: int
    dead_letters: int
    camera: CameraState
    clock_offset_ms: float | None
    uptime_s: float
    delivered_through: datetime | None


class StationStore(Protocol):
    """The streams of stations."""

    async def load_station(self, id: UUID) -> Sequence[StationEvent]: ...

    async def append(self, stream: UUID, after_version: int, events: Sequence[StationEvent]) -> int:
        """As EventStore.append."""
        ...


class Stations(Protocol):
    async def holder(self, key_id: str) -> KeyHolder | None: ...

    async def with_code(self, user_code: str) -> UUID | None:
        """Whose code it is, or was last."""
        ...

    async def pending(self, at: datetime) -> Sequence[PendingPairing]:
        """Those whose codes have not expired, the oldest first."""
        ...

    async def named(self) -> dict[str, UUID]:
        """Those that are paired now, by name; of two with the same name the one that was paired later."""
        ...

    async def paired(self) -> Sequence[StationSummary]:
        """Those that were paired and those that were revoked since, by room and name."""
        ...


class StationHealths(Protocol):
    async def keep(self, station: UUID, health: StationHealth) -> None:
        """In place of what was known before."""
        ...

    async def latest(self) -> Mapping[UUID, StationHealth]: ...
