"""What happens to the station itself: paired, moved, refused by its server, told other settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UnpairedReason = Literal["new", "offline", "refused", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """The server does not know this station, and there is no code to show for it. Nobody can check in here."""

    reason: UnpairedReason
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingCode:
    """An administrator is to approve `code`. `expires_at`: RFC 3339, by the server's clock."""

    code: str
    expires_at: str
    server: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The server knows this station from here on, by its own key."""

    station_id: str
    name: str
    room: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An administrator gave this station another name or room."""

    name: str
    room: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """The server does not accept this station's key: what is saved stays saved, and nothing is sent until it does."""

    code: str
    sentence: str
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The server accepts the station's key again."""

    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated:
    """The server has confirmed the new key; the old one is gone."""

    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsTaken:
    """An administrator's settings are in force. `kept`: fields whose new value made no sense, so that the old stays."""

    version: int
    kept: tuple[str, ...]


IdentityStep = Unpaired | PairingCode | Paired | Moved | Revoked | Accepted | KeyRotated | SettingsTaken


def identity_sentence(step: IdentityStep) -> str:
    match step:
        case Unpaired() | PairingCode():
            return step.sentence
        case Paired():
            return f"paired as {step.name}" + (f" in {step.room}" if step.room else "")
        case Moved():
            return f"this station is now {step.name}" + (f" in {step.room}" if step.room else "")
        case Revoked():
            return f"refused by the server ({step.code}): {step.sentence} {step.waiting} saved and waiting"
        case Accepted():
            return f"accepted by the server again; {step.waiting} waiting"
        case KeyRotated():
            return f"the key was replaced; the new one is {step.key_id}"
        case SettingsTaken():
            kept = f"; not understood and left as it was: {', '.join(step.kept)}" if step.kept else ""
            return f"settings number {step.version} are in force{kept}"
