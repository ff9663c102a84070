"""What can happen to a station's identity, and the settings that it is given."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from domain.station import StationEvent

StationLanguage = Literal["en", "de", "ar"]
CaptureTrigger = Literal["presence", "key", "gpio", "interval"]


class StationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a station is told to do.

    `cooldown_s`: seconds between two people. `retake_limit`: how often a hopeless burst is taken again. `capture`: what
    starts a burst. `emotion`: whether it sends frames for the emotion at all.
    """

    language: StationLanguage = "en"
    cooldown_s: float = 3.0
    retake_limit: int = 3
    capture: CaptureTrigger = "presence"
    heartbeat_s: float = 30.0
    emotion: bool = True


class PairingRequested(StationEvent, frozen=True, kw_only=True):
    """A device shows `user_code` and waits until `expires_at`. `public_key`: Ed25519, raw, in base64url."""

    public_key: str
    key_id: str
    name: str
    software: str
    user_code: str
    expires_at: datetime


class PairingRefused(StationEvent, frozen=True, kw_only=True):
    """`by`: the subject of who refused it, None at the server's own command line."""

    by: UUID | None


class Paired(StationEvent, frozen=True, kw_only=True):
    """The key that asked may act as this station. `by`: as in PairingRefused."""

    name: str
    room: str
    by: UUID | None


class KeyRotated(StationEvent, frozen=True, kw_only=True):
    """Only this key is accepted from now on; the station itself asked for it with the one before."""

    public_key: str
    key_id: str


class Moved(StationEvent, frozen=True, kw_only=True):
    """The station has another name, or hangs in another room. `by`: as in PairingRefused."""

    name: str
    room: str
    by: UUID | None


class SettingsChanged(StationEvent, frozen=True, kw_only=True):
    """All of its settings, as they are from now on. `by`: as in PairingRefused."""

    settings: StationSettings
    by: UUID | None


class Revoked(StationEvent, frozen=True, kw_only=True):
    """Neither its key nor any that it had is accepted again. `by`: as in PairingRefused."""

    by: UUID | None
