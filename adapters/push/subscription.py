"""A browser's push subscription: where its messages go, and the keys that they are sealed with for it alone."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Literal
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

Language = Literal["en", "de", "ar"]
Field = Literal["/endpoint", "/keys/p256dh", "/keys/auth"]
LONGEST_ENDPOINT = 2048
_POINT_BYTES, _SECRET_BYTES = 65, 16
# No user, no literal IPv6 address, nothing that two readers of a URL could take for different hosts.
_ENDPOINT = re.compile(
    r"(?P<origin>(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253})(?::(?P<port>[0-9]{1,5}))?)"
    r"/[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*"
)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a subscription's address that decide whom the server talks to."""

    origin: str
    scheme: str
    host: str
    port: int


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """As it is sealed under its person's key. Its repr hides it: whoever knows the endpoint knows the browser."""

    endpoint: str
    p256dh: bytes
    auth: bytes
    language: Language

    def __repr__(self) -> str:
        return "Subscription(***)"

    @property
    def id(self) -> UUID:
        """The same in every person's hands, so that a browser is subscribed once; nobody finds the endpoint by it."""
        return UUID(bytes=hashlib.sha256(self.endpoint.encode()).digest()[:16])


class Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser sent is no subscription that could be told anything: which field, and why."""

    field: Field
    reason: str


def endpoint_of(url: str) -> Endpoint | None:
    """None where it is no URL that a push service has."""
    found = _ENDPOINT.fullmatch(url) if len(url) <= LONGEST_ENDPOINT else None
    if found is None:
        return None
    port = int(found["port"] or (443 if found["scheme"] == "https" else 80))
    return Endpoint(origin=found["origin"], scheme=found["scheme"], host=found["host"], port=port)


def subscription_of(*, endpoint: str, p256dh: str, auth: str, language: Language) -> Subscription | Unusable:
    """From a browser's own words, which are base64url."""
    point, secret = _decoded(p256dh), _decoded(auth)
    if endpoint_of(endpoint) is None:
        return Unusable(field="/endpoint", reason="it is not the address of a push service")
    if point is None or not _is_point(point):
        return Unusable(field="/keys/p256dh", reason="it is not an uncompressed point of P-256 in base64url")
    if secret is None or len(secret) != _SECRET_BYTES:
        return Unusable(field="/keys/auth", reason=f"it is not {_SECRET_BYTES} bytes in base64url")
    return Subscription(endpoint=endpoint, p256dh=point, auth=secret, language=language)


def _decoded(text: str) -> bytes | None:
    if _BASE64URL.fullmatch(text) is None:
        return None
    bare = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError:
        return None


def _is_point(point: bytes) -> bool:
    if len(point) != _POINT_BYTES:
        return False
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        return False
    return True
