"""A push service and a browser as the tests need them: the one takes messages, the other alone can read them."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import ssl
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.push.subscription import Language, Subscription

ARRIVES_WITHIN_S = 30.0


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Header names are lower-case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class LocalPushService:
    """`answers` are given in turn, each a status and headers; 201 once there are none."""

    def __init__(self) -> None:
        self.port = 0
        self.received: asyncio.Queue[Received] = asyncio.Queue()
        self.answers: deque[tuple[int, Mapping[str, str]]] = deque()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def next(self) -> Received:
        async with asyncio.timeout(ARRIVES_WITHIN_S):
            return await self.received.get()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(_header(line) for line in head[1:-2])
        body = await reader.readexactly(int(headers["content-length"]))
        status, more = self.answers.popleft() if self.answers else (201, {})
        lines = [
            f"HTTP/1.1 {status} x",
            "Content-Length: 0",
            "Connection: close",
            *(f"{k}: {v}" for k, v in more.items()),
        ]
        self.received.put_nowait(Received(path=head[0].split()[1], headers=headers, body=body))
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await writer.drain()
        writer.close()


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.lower(), value


@asynccontextmanager
async def serving_pushes(trusted: ssl.SSLContext | None = None) -> AsyncIterator[LocalPushService]:
    service = LocalPushService()
    server = await asyncio.start_server(service.take, "127.0.0.1", 0, ssl=trusted)
    service.port = server.sockets[0].getsockname()[1]
    async with server:
        yield service


class SubscribedBrowser:
    """Its keys never leave it but for the two that it hands out; it reads as RFC 8291 says, by no library of ours."""

    def __init__(self, endpoint: str, language: Language = "en") -> None:
        self._key = generate_private_key(SECP256R1())
        self._point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._auth = os.urandom(16)
        self.subscription = Subscription(endpoint=endpoint, p256dh=self._point, auth=self._auth, language=language)

    @property
    def body(self) -> dict[str, Any]:  # JSON
        """As a page sends it."""
        kept = self.subscription
        keys = {"p256dh": base64url(kept.p256dh), "auth": base64url(kept.auth)}
        return {"endpoint": kept.endpoint, "keys": keys, "language": kept.language}

    def read(self, body: bytes) -> dict[str, str]:
        salt, record_bytes, key_bytes = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        senders, sealed = body[21 : 21 + key_bytes], body[21 + key_bytes :]
        assert len(sealed) <= record_bytes, "one record"
        shared = self._key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), senders))
        secret = _derived(shared, self._auth, b"WebPush: info\0" + self._point + senders, 32)
        key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
        plain, _, padding = AESGCM(key).decrypt(nonce, sealed, None).rpartition(b"\x02")
        assert padding.strip(b"\0") == b""
        told: dict[str, str] = json.loads(plain)
        return told


def signed_claims(received: Received, audience: str) -> dict[str, Any]:  # a token's claims are any JSON
    """What the sender says of itself, verified as a push service would. Raises jwt.PyJWTError."""
    scheme, _, rest = received.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.split("=", 1) for part in rest.split(", "))
    point = base64.urlsafe_b64decode(parts["k"] + "=" * (-len(parts["k"]) % 4))
    key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    return jwt.decode(parts["t"], key, algorithms=["ES256"], audience=audience, options={"require": ["exp", "sub"]})


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
