"""The server's contract about the station itself: pairing, keys, heartbeat, progress; requests made, answers parsed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from edge_device.classify import Answer
from edge_device.clock import rfc3339
from edge_device.contract import parse_object
from edge_device.device_key import DeviceKey, base64url

PAIRINGS_PATH = "/api/stations/pairings/"
KEYS_PATH = "/api/stations/keys/"
HEARTBEAT_PATH = "/api/stations/heartbeat/"
PROGRESS_PATH = "/api/stations/progress/"

CameraState = Literal["ok", "failed", "starting"]
PairingStatus = Literal["pending", "approved", "refused", "expired"]
_ROTATION = b"facecheckin key rotation "
_SHORTEST_POLL_S, _LONGEST_POLL_S = 0.05, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingAnswer:
    """`station_id` and `name` are there once it is approved."""

    pairing_id: str
    status: PairingStatus
    user_code: str
    expires_at: str
    poll_after_s: float
    station_id: str | None
    name: str | None
    room: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the station is, as a heartbeat tells it. `clock_offset_ms`: this machine's clock less the server's."""

    software: str
    queue_items: int
    queue_bytes: int
    dead_letters: int
    camera: CameraState
    clock_offset_ms: float | None
    uptime_s: float
    delivered_through: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatAnswer:
    """`settings` are not checked yet."""

    settings: Mapping[str, object]
    settings_version: int
    name: str
    room: str | None


def pairing_request(key: DeviceKey, name: str, software: str) -> bytes:
    return _json({"public_key": key.public_text, "name": name, "software": software})


def rotation_request(station_id: str, next_key: DeviceKey) -> bytes:
    """The new key proves that its private half is here too."""
    proof = next_key.sign(_ROTATION + station_id.encode() + b" " + next_key.public_bytes)
    return _json({"public_key": next_key.public_text, "proof": base64url(proof)})


def heartbeat_request(health: Health) -> bytes:
    through = health.delivered_through
    fields = {name: getattr(health, name) for name in Health.__dataclass_fields__}
    return _json(fields | {"delivered_through": None if through is None else rfc3339(through)})


def progress_request(through: datetime) -> bytes:
    return _json({"through": rfc3339(through)})


def parse_pairing(answer: Answer) -> PairingAnswer | None:
    """None unless it is our server's answer about a pairing."""
    document = _document(answer)
    if document is None:
        return None
    status, wait_s = document.get("status"), document.get("poll_after_s")
    texts = [document.get(name) for name in ("pairing_id", "user_code", "expires_at")]
    if status not in get_args(PairingStatus) or not isinstance(wait_s, int | float):
        return None
    pairing_id, user_code, expires_at = (text if isinstance(text, str) else "" for text in texts)
    if not pairing_id:
        return None
    return PairingAnswer(
        pairing_id=pairing_id,
        status=status,  # type: ignore[arg-type]  # it is one of the four
        user_code=user_code,
        expires_at=expires_at,
        poll_after_s=max(_SHORTEST_POLL_S, min(float(wait_s), _LONGEST_POLL_S)),
        station_id=_text(document, "station_id"),
        name=_text(document, "name"),
        room=_text(document, "room"),
    )


def confirms_key(answer: Answer, key: DeviceKey) -> bool:
    """Does the server name this key as the station's own? Nothing less may end the old one."""
    document = _document(answer)
    return document is not None and document.get("key_id") == key.key_id


def parse_heartbeat(answer: Answer) -> HeartbeatAnswer | None:
    document = _document(answer)
    if document is None:
        return None
    settings, version = document.get("settings"), document.get("settings_version")
    name = _text(document, "name")
    if not isinstance(settings, dict) or not isinstance(version, int) or name is None:
        return None
    return HeartbeatAnswer(settings=settings, settings_version=version, name=name, room=_text(document, "room"))


def _document(answer: Answer) -> dict[str, object] | None:
    return parse_object(answer.body) if 200 <= answer.status < 300 else None


def _text(document: Mapping[str, object], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None


def _json(document: dict[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
