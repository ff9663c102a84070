"""A station's identity: from the code on its screen, through its keys, to the day it is revoked."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from domain.station import StationEvent
from domain.station_events import (
    KeyRotated,
    Moved,
    Paired,
    PairingRefused,
    PairingRequested,
    Revoked,
    SettingsChanged,
    StationSettings,
)

State = Literal["pending", "paired", "refused", "revoked"]
PairingStatus = Literal["pending", "approved", "refused", "expired"]
PAIRING_LASTS = timedelta(minutes=15)
# No vowels, so that no code is a word; nothing that is read as something else (RFC 8628, section 6.1).
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_STATIONS = UUID("3f0b5c0e-6a52-5b8e-9f0c-7d4e1a2b9c58")


class PublicKey(msgspec.Struct, frozen=True):
    """An Ed25519 public key as it travels: the raw 32 bytes in base64url, and the id that its requests name."""

    encoded: str
    id: str

    @classmethod
    def of(cls, raw: bytes) -> PublicKey:
        encoded = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return cls(encoded, hashlib.sha256(raw).hexdigest()[:16])

    @property
    def raw(self) -> bytes:
        return base64.urlsafe_b64decode(self.encoded + "=")


class PairedStation(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a station after `version` events. `retired`: ids of keys that it had before."""

    id: UUID
    version: int
    state: State
    key: PublicKey
    name: str
    software: str
    user_code: str
    expires_at: datetime
    room: str | None = None
    paired_at: datetime | None = None
    revoked_at: datetime | None = None
    retired: frozenset[str] = frozenset()
    settings: StationSettings = StationSettings()
    settings_version: int = 1

    def pairing(self, at: datetime) -> PairingStatus:
        """How the pairing stands; a revoked station was approved once."""
        if self.state == "pending":
            return "pending" if at < self.expires_at else "expired"
        return "refused" if self.state == "refused" else "approved"


class PairingOver(msgspec.Struct, frozen=True):
    """The pairing was decided, or its code has expired."""

    status: PairingStatus


class NotPaired(msgspec.Struct, frozen=True):
    """No administrator has approved this station."""


class StationRevoked(msgspec.Struct, frozen=True):
    """The station was revoked: the device may be paired again, with a new key."""


class KeyUnusable(msgspec.Struct, frozen=True):
    """The key was in use before, or belongs to another station."""

    reason: str


def station_id(key: PublicKey) -> UUID:
    """One stream for each key that ever asked to be paired, so that a request sent again meets the first."""
    return uuid5(_STATIONS, key.encoded)


def canonical_code(typed: str) -> str:
    """A code as it was shown, however it was typed: `bcdf ghjk` is `BCDF-GHJK`."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    return f"{letters[:4]}-{letters[4:]}"


def request_pairing(
    station: PairedStation | None, key: PublicKey, *, name: str, software: str, user_code: str, at: datetime
) -> list[StationEvent] | StationRevoked | KeyUnusable:
    """Nothing where the key is waiting already, or was approved; a new code where the last one came to nothing."""
    if station is not None:
        if station.state == "revoked":
            return StationRevoked()
        if station.key != key:
            return KeyUnusable("the station has rotated to another key")
        if station.pairing(at) in ("pending", "approved"):
            return []
    return [
        PairingRequested(
            at=at,
            public_key=key.encoded,
            key_id=key.id,
            name=name,
            software=software,
            user_code=user_code,
            expires_at=at + PAIRING_LASTS,
        )
    ]


def approve(
    station: PairedStation, *, name: str, room: str, by: UUID | None, at: datetime
) -> list[StationEvent] | PairingOver:
    """Nothing where it was approved under this name and room."""
    status = station.pairing(at)
    if status == "pending":
        return [Paired(at=at, name=name, room=room, by=by)]
    if station.state == "paired" and (station.name, station.room) == (name, room):
        return []
    return PairingOver(status)


def refuse(station: PairedStation, *, by: UUID | None, at: datetime) -> list[StationEvent] | PairingOver:
    status = station.pairing(at)
    if status == "pending":
        return [PairingRefused(at=at, by=by)]
    return [] if status == "refused" else PairingOver(status)


def rotation_statement(station: UUID, key: PublicKey) -> bytes:
    """What the new key signs, so that nobody binds a station to a key that they do not hold."""
    return f"facecheckin key rotation {station} ".encode() + key.raw


def rotate_key(
    station: PairedStation, key: PublicKey, *, at: datetime
) -> list[StationEvent] | NotPaired | StationRevoked | KeyUnusable:
    """Nothing where the key is the station's already: the answer to the first request may have been lost."""
    if (barred := _barred(station)) is not None:
        return barred
    if key == station.key:
        return []
    if key.id == station.key.id or key.id in station.retired:
        return KeyUnusable("the station had this key before")
    return [KeyRotated(at=at, public_key=key.encoded, key_id=key.id)]


def move(
    station: PairedStation, *, name: str, room: str, by: UUID | None, at: datetime
) -> list[StationEvent] | NotPaired | StationRevoked:
    if (barred := _barred(station)) is not None:
        return barred
    return [] if (station.name, station.room) == (name, room) else [Moved(at=at, name=name, room=room, by=by)]


def change_settings(
    station: PairedStation, settings: StationSettings, *, by: UUID | None, at: datetime
) -> list[StationEvent] | NotPaired | StationRevoked:
    if (barred := _barred(station)) is not None:
        return barred
    return [] if settings == station.settings else [SettingsChanged(at=at, settings=settings, by=by)]


def revoke(station: PairedStation, *, by: UUID | None, at: datetime) -> list[StationEvent] | NotPaired:
    if station.state == "revoked":
        return []
    return [Revoked(at=at, by=by)] if station.state == "paired" else NotPaired()


def _barred(station: PairedStation) -> NotPaired | StationRevoked | None:
    if station.state == "revoked":
        return StationRevoked()
    return None if station.state == "paired" else NotPaired()


def evolve(station: PairedStation | None, event: StationEvent, *, id: UUID) -> PairedStation:
    """The state after one more event."""
    if isinstance(event, PairingRequested):
        return PairedStation(
            id=id,
            version=1 if station is None else station.version + 1,
            state="pending",
            key=PublicKey(event.public_key, event.key_id),
            name=event.name,
            software=event.software,
            user_code=event.user_code,
            expires_at=event.expires_at,
        )
    if station is None:
        raise ValueError(f"a station starts with PairingRequested, not {type(event).__name__}")
    return msgspec.structs.replace(station, version=station.version + 1, **_changes(station, event))


def _changes(station: PairedStation, event: StationEvent) -> dict[str, object]:
    match event:
        case PairingRefused():
            return {"state": "refused"}
        case Paired(at=at, name=name, room=room):
            return {"state": "paired", "name": name, "room": room, "paired_at": at}
        case KeyRotated(public_key=encoded, key_id=key_id):
            return {"key": PublicKey(encoded, key_id), "retired": station.retired | {station.key.id}}
        case Moved(name=name, room=room):
            return {"name": name, "room": room}
        case SettingsChanged(settings=settings):
            return {"settings": settings, "settings_version": station.settings_version + 1}
        case Revoked(at=at):
            return {"state": "revoked", "revoked_at": at}
    raise TypeError(f"not an event of a station's identity: {type(event).__name__}")


def replay(id: UUID, events: Iterable[StationEvent]) -> PairedStation | None:
    """The state after all of `events`, None where there are none."""
    station: PairedStation | None = None
    for event in events:
        station = evolve(station, event, id=id)
    return station
