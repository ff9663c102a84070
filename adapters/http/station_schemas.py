"""The bodies of the station endpoints: pairing, what a station is called and told, how it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.session_schemas import Moment, Words
from application.ports import CameraState
from domain.paired_station import PairingStatus
from domain.station_events import CaptureTrigger, StationLanguage

# The last of the 43 letters carries two bits that mean nothing: they are zero, so that one key has one text.
PublicKeyText = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048](?!\n)$", description="Ed25519, 32 raw bytes in base64url"),
]
UserCode = Annotated[str, Meta(min_length=8, max_length=16, description="what the device shows: `BCDF-GHJK`")]
Software = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+(?!\n)$", description="its version")]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Bytes = Annotated[int, Meta(ge=0, le=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]


class PairingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Signed with the private key of `public_key`, which shows that the device holds it."""

    public_key: PublicKeyText
    name: Words
    software: Software


class PairingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`poll_after_s`: when to ask again. `station_id`, `name` and `room` are null until an administrator approves."""

    pairing_id: UUID
    status: PairingStatus
    user_code: str
    expires_at: datetime
    poll_after_s: int
    station_id: UUID | None
    name: str | None
    room: str | None


class ListedPairing(msgspec.Struct, frozen=True, kw_only=True):
    """A device that waits to be approved. `name` and `software` are what it says of itself."""

    pairing_id: UUID
    user_code: str
    name: str
    software: str
    key_id: str
    requested_at: datetime
    expires_at: datetime


class ApprovalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To be sent by somebody who has read the code on the device itself."""

    user_code: UserCode
    name: Words
    room: Words


class RefusalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    user_code: UserCode


class RefusedPairing(msgspec.Struct, frozen=True, kw_only=True):
    pairing_id: UUID
    status: Literal["refused"]


class MoveRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Words
    room: Words


class SettingsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All the settings of a station, each time.

    `cooldown_s`: seconds between two people. `retake_limit`: how often a hopeless burst is taken again. `capture`: what
    starts a burst. `emotion`: whether it sends frames for the emotion at all.
    """

    language: StationLanguage
    cooldown_s: Annotated[float, Meta(ge=0.5, le=30)]
    retake_limit: Annotated[int, Meta(ge=0, le=10)]
    capture: CaptureTrigger
    heartbeat_s: Annotated[float, Meta(ge=5, le=300)]
    emotion: bool


class ShownSettings(msgspec.Struct, frozen=True, kw_only=True):
    language: StationLanguage
    cooldown_s: float
    retake_limit: int
    capture: CaptureTrigger
    heartbeat_s: float
    emotion: bool


class ShownHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What the station last said of itself. `clock_offset_ms`: its clock minus the server's."""

    at: datetime
    queue_items: int
    dead_letters: int
    camera: CameraState
    clock_offset_ms: float | None
    software: str
    uptime_s: float


class StationDetails(msgspec.Struct, frozen=True, kw_only=True):
    """`key_id` and `room` are null where the station presents a token; its settings are then those it came with.

    `paired_at` is then when the token was made, and `settings_version` 0.
    """

    id: UUID
    name: str
    room: str | None
    key_id: str | None
    paired_at: datetime
    revoked_at: datetime | None
    software: str | None
    health: ShownHealth | None
    settings: ShownSettings
    settings_version: int


class RotationRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`proof`: the new key's signature of `facecheckin key rotation `, the station's id, a space and the 32 bytes."""

    public_key: PublicKeyText
    proof: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{86}(?!\n)$", description="64 bytes in base64url")]


class RotationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """From now on only this key is accepted."""

    key_id: str


class HeartbeatRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the station is. `delivered_through`: everything that it captured before has been delivered."""

    software: Software
    queue_items: Count
    queue_bytes: Bytes
    dead_letters: Count
    camera: CameraState
    clock_offset_ms: Annotated[float, Meta(ge=-1e15, le=1e15)] | None
    uptime_s: Seconds
    delivered_through: Moment | None


class HeartbeatAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the station is to do. A station with a token hears version 0 and no room: nobody set anything."""

    settings: ShownSettings
    settings_version: int
    server_time: datetime
    room: str | None
    name: str
