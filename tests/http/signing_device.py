"""A device with a key of its own that signs what it sends, each header as a test wants it."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from application.pairing import Pairing
from domain.paired_station import PairedStation, PublicKey
from tests.http.live_server import LiveServer

HEARTBEAT = {
    "software": "0.1.0",
    "queue_items": 3,
    "queue_bytes": 1_200_000,
    "dead_letters": 1,
    "camera": "ok",
    "clock_offset_ms": -12.5,
    "uptime_s": 86_400.0,
    "delivered_through": "2026-11-02T08:00:00+01:00",
}
DEFAULTS = {
    "language": "en",
    "cooldown_s": 3.0,
    "retake_limit": 3,
    "capture": "presence",
    "heartbeat_s": 30.0,
    "emotion": True,
}


class SigningDevice:
    """Talks to one server, from an address of its own where the test limits addresses."""

    def __init__(self, server: LiveServer, *, address: str | None = None) -> None:
        transport = httpx.HTTPTransport(local_address=address)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", transport=transport, timeout=30)
        self.key = Ed25519PrivateKey.generate()

    def __enter__(self) -> SigningDevice:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @property
    def public_key(self) -> str:
        return public_text(self.key)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: Ed25519PrivateKey | None = None,
        age_s: float = 0.0,
        created_s: int | None = None,
        nonce: str | None = None,
        sent_path: str | None = None,
        sent_body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Signs `path` and `body`; where `sent_…` are given, those are sent in their place."""
        content = _content(body)
        signed = sign(
            key or self.key, method, path, content, created_s=created_s or int(time.time() - age_s), nonce=nonce
        )
        return self.client.request(
            method,
            sent_path or path,
            content=content if sent_body is None else _content(sent_body),
            headers={"content-type": "application/json", **signed, **(headers or {})},
        )

    def ask_for_pairing(self, name: str = "Front door") -> dict[str, Any]:  # an answer's JSON
        body = {"public_key": self.public_key, "name": name, "software": "0.1.0"}
        answer = self.send("POST", "/api/stations/pairings/", body)
        assert answer.status_code == 200, answer.text
        pairing: dict[str, Any] = answer.json()
        return pairing


def paired_device(server: LiveServer, *, name: str = "Front door", room: str = "A1") -> tuple[SigningDevice, UUID]:
    """A device that was approved, straight through the use cases, and its station's id."""
    device = SigningDevice(server)
    services = server.services.stations
    key = PublicKey.of(device.key.public_key().public_bytes_raw())
    pairing = server.run(services.request_pairing(key, name=name, software="0.1.0"))
    assert isinstance(pairing, Pairing)
    code = pairing.station.user_code
    station = server.run(services.decide_pairing.approve(code, name=name, room=room, by=None))
    assert isinstance(station, PairedStation)
    return device, station.id


def beat(device: SigningDevice, key: Ed25519PrivateKey | None = None) -> Any:  # an answer's JSON
    answer = device.send("POST", "/api/stations/heartbeat/", HEARTBEAT, key=key)
    return answer.json() if answer.status_code == 200 else (answer.status_code, answer.json()["code"])


def public_text(key: Ed25519PrivateKey) -> str:
    return base64url(key.public_key().public_bytes_raw())


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def key_id_of(key: Ed25519PrivateKey) -> str:
    return hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]


def sign(
    key: Ed25519PrivateKey,
    method: str,
    target: str,
    content: bytes,
    *,
    created_s: int | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """The three headers, as RFC 9421 and RFC 9530 have them."""
    path, _, query = target.partition("?")
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"
    parameters = (
        f'("@method" "@path" "@query" "content-digest");created={created_s or int(time.time())}'
        f';nonce="{nonce or secrets.token_urlsafe(16)}";keyid="{key_id_of(key)}";alg="ed25519"'
    )
    base = (
        f'"@method": {method}\n"@path": {path}\n"@query": ?{query}\n'
        f'"content-digest": {digest}\n"@signature-params": {parameters}'
    )
    return {
        "content-digest": digest,
        "signature-input": f"sig1={parameters}",
        "signature": f"sig1=:{base64.b64encode(key.sign(base.encode())).decode()}:",
    }


def _content(body: object) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else msgspec.json.encode(body)
