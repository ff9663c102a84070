"""Plays the server's side of a station's identity by the contract, and verifies signatures with its own hands."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOKEN = "a-token-of-the-tests"
WINDOW_S = 300
SETTINGS = {
    "language": "en",
    "cooldown_s": 3.0,
    "retake_limit": 3,
    "capture": "presence",
    "heartbeat_s": 30.0,
    "emotion": True,
}
_CODES = ("BCDF-GHJK", "LMNP-QRST", "VWXZ-BCDF", "GHJK-LMNP", "QRST-VWXZ")
_INPUT = re.compile(
    r'sig1=(?P<parameters>\("@method" "@path" "@query" "content-digest"\);created=(?P<created>\d+)'
    r';nonce="(?P<nonce>[A-Za-z0-9_-]{22})";keyid="(?P<key_id>[0-9a-f]{16})";alg="ed25519")'
)
_SIGNATURE = re.compile(r"sig1=:(?P<signature>[A-Za-z0-9+/]{86}==):")

FaultName = Literal[
    "500-before", "500-after", "503", "429", "portal", "cut", "hang-after", "reset-before", "reset-after"
]
Document = dict[str, Any]  # Any: JSON, looked at key by key


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer next instead of the contract's answer, without any effect."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Presented:
    """A request as it arrived. `target`: path and query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name), "")


@dataclass
class Pairing:
    id: str
    key: bytes
    code: str
    status: str = "pending"


def problem(status: int, code: str, retry: str, *, headers: dict[str, str] | None = None, **more: object) -> Reply:
    document = {"type": "about:blank", "title": code, "status": status, "code": code, "retry": retry, **more}
    return Reply(status, json.dumps(document).encode(), {"content-type": "application/problem+json", **(headers or {})})


def key_id_of(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


class Office:
    """One station at most. `stations` maps key ids to public keys that are accepted now."""

    def __init__(self) -> None:
        self.pairings: dict[str, Pairing] = {}
        self.station_id = ""
        self.station_key: bytes | None = None
        self.revoked: set[bytes] = set()
        self.name, self.room = "Front door", "A1"
        self.settings: Document = dict(SETTINGS)
        self.settings_version = 1
        self.beats: list[Document] = []
        self.progress: list[str] = []
        self.rotations: list[str] = []
        self.refusals: list[str] = []
        self.languages: list[str] = []
        self.requests: list[Presented] = []
        self.faults: deque[Reply | FaultName | None] = deque()
        self.clock_ahead_s = 0.0
        self.on_pairing: Callable[[Pairing], None] = lambda _: None
        self._nonces: set[str] = set()
        self._lock = threading.RLock()

    def now_s(self) -> float:
        return time.time() + self.clock_ahead_s

    def keeps(self, path: str) -> bool:
        return path.startswith("/api/stations/")

    def fault(self) -> Reply | FaultName | None:
        with self._lock:
            return self.faults.popleft() if self.faults else None

    def approve(self, pairing: Pairing) -> None:
        with self._lock:
            pairing.status = "approved"
            self.station_id, self.station_key = pairing.id, pairing.key

    def revoke(self) -> None:
        with self._lock:
            assert self.station_key is not None
            self.revoked.add(self.station_key)
            self.station_key = None

    def answer(self, presented: Presented) -> Reply:
        with self._lock:
            self.requests.append(presented)
            path = presented.target.partition("?")[0]
            if path == "/api/stations/pairings/":
                return self._pair(presented)
            if path.startswith("/api/stations/pairings/"):
                return self._follow(presented, path.split("/")[-2])
            refusal = self.refusal(presented)
            if refusal is not None:
                return refusal
            return self._of_the_station(path, json.loads(presented.body), paired=bool(presented.header("signature")))

    def refusal(self, presented: Presented) -> Reply | None:
        """None where the station may."""
        with self._lock:
            self.languages.append(presented.header("accept-language"))
            if not presented.header("signature"):
                if presented.header("authorization") == f"Bearer {TOKEN}":
                    return None
                return problem(401, "unauthenticated", "never")
            return self._verified(presented, [] if self.station_key is None else [self.station_key])

    def _of_the_station(self, path: str, request: Document, *, paired: bool) -> Reply:
        match path:
            case "/api/stations/heartbeat/":
                self.beats.append(request)
                return _json(
                    {
                        "settings": self.settings if paired else SETTINGS,
                        "settings_version": self.settings_version if paired else 0,
                        "server_time": "2026-11-22T10:00:00Z",
                        "room": self.room,
                        "name": self.name,
                    }
                )
            case "/api/stations/progress/":
                self.progress.append(request["through"])
                return Reply(204, b"")
            case "/api/stations/keys/":
                return self._rotate(request)
        return problem(404, "not-found", "never")

    def _pair(self, presented: Presented) -> Reply:
        request = json.loads(presented.body)
        key = _bytes(request["public_key"])
        refusal = self._verified(presented, [key])
        if refusal is not None:
            return refusal
        if key in self.revoked:
            return problem(409, "station-revoked", "never")
        known = next((pairing for pairing in self.pairings.values() if pairing.key == key), None)
        if known is None:
            known = Pairing(str(uuid.uuid4()), key, _CODES[len(self.pairings) % len(_CODES)])
            self.pairings[known.id] = known
            self.on_pairing(known)
        return self._pairing_answer(known)

    def _follow(self, presented: Presented, id: str) -> Reply:
        pairing = self.pairings.get(id)
        if pairing is None:
            return problem(404, "pairing-not-found", "never")
        refusal = self._verified(presented, [pairing.key])
        return refusal or self._pairing_answer(pairing)

    def _pairing_answer(self, pairing: Pairing) -> Reply:
        approved = pairing.status == "approved"
        return _json(
            {
                "pairing_id": pairing.id,
                "status": pairing.status,
                "user_code": pairing.code,
                "expires_at": "2026-11-22T10:15:00Z",
                "poll_after_s": 0.02,
                "station_id": pairing.id if approved else None,
                "name": self.name if approved else None,
                "room": self.room if approved else None,
            }
        )

    def _rotate(self, request: Document) -> Reply:
        key = _bytes(request["public_key"])
        statement = b"facecheckin key rotation " + self.station_id.encode() + b" " + key
        if not _is_by(key, _bytes(request["proof"]), statement):
            return problem(422, "key-unusable", "never")
        if key != self.station_key:
            self.station_key = key
            self.rotations.append(key_id_of(key))
        return _json({"key_id": key_id_of(key)})

    def _verified(self, presented: Presented, keys: list[bytes]) -> Reply | None:
        code = self._flaw(presented, keys)
        if code is None:
            return None
        self.refusals.append(code)
        return problem(401, code, "same_request" if code == "signature-stale" else "never")

    def _flaw(self, presented: Presented, keys: list[bytes]) -> str | None:
        given = _INPUT.fullmatch(presented.header("signature-input"))
        signature = _SIGNATURE.fullmatch(presented.header("signature"))
        digest = "sha-256=:" + base64.b64encode(hashlib.sha256(presented.body).digest()).decode() + ":"
        if given is None or signature is None or presented.header("content-digest") != digest:
            return "signature-invalid"
        key = next((key for key in keys if key_id_of(key) == given["key_id"]), None)
        path, _, query = presented.target.partition("?")
        statement = (
            f'"@method": {presented.method}\n"@path": {path}\n"@query": ?{query}\n"content-digest": {digest}\n'
            f'"@signature-params": {given["parameters"]}'
        )
        if key is None or not _is_by(key, base64.b64decode(signature["signature"]), statement.encode()):
            return "signature-invalid"
        if abs(int(given["created"]) - self.now_s()) > WINDOW_S:
            return "signature-stale"
        if given["nonce"] in self._nonces:
            return "signature-replayed"
        self._nonces.add(given["nonce"])
        return None


def _is_by(key: bytes, signature: bytes, statement: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, statement)
    except InvalidSignature:
        return False
    return True


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _json(document: Document) -> Reply:
    return Reply(200, json.dumps(document).encode(), {"content-type": "application/json"})
