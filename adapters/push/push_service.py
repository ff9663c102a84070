"""One message to one push service: encrypted for the browser alone (RFC 8291), signed by this server (RFC 8292)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Literal

import http_ece  # type: ignore[import-untyped]  # it has no types
import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from adapters.push.addresses import Addresses, NotAllowed, NotFound
from adapters.push.decisions import Word
from adapters.push.subscription import Endpoint, Language, Subscription, endpoint_of
from adapters.push.vapid import VapidKey

PADDED_BYTES = 128
"""Every message is as long as any other: its length says nothing of what is in it."""
_TIMEOUT = httpx.Timeout(8.0, connect=4.0)
_WITHIN_S = 15.0
_TOPIC = "check-in"  # a push service that still holds an older one lets it go

Outcome = Literal["sent", "gone", "later", "failed"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """All that a message holds: what the phone page shows, when it was, and the language to say it in."""

    status: Word
    at: datetime
    language: Language


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """`later`: it was not taken and may be offered again, after `retry_after_s` where the push service said so."""

    outcome: Outcome
    status: int | None = None
    retry_after_s: float | None = None


class PushServices:
    """Connections are not kept: each is made to an address that was looked at just then. Owned by one event loop."""

    def __init__(self, addresses: Addresses, key: VapidKey, *, trusts: ssl.SSLContext | None = None) -> None:
        self._addresses = addresses
        self._key = key
        self._client = httpx.AsyncClient(
            timeout=_TIMEOUT,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,  # a proxy would look the host up anew
            verify=trusts if trusts is not None else True,
        )

    async def __aenter__(self) -> PushServices:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, told: Told, to: Subscription, *, ttl_s: int, now: datetime) -> Answered:
        """Nothing that is answered is read, but for its status."""
        endpoint = endpoint_of(to.endpoint)
        assert endpoint is not None, "it was looked at before it was kept"
        try:
            address = await self._addresses.of(endpoint)
            async with asyncio.timeout(_WITHIN_S):
                return await self._post(self._request(told, to, endpoint, address, ttl_s, now), now)
        except NotAllowed:
            return Answered(outcome="failed")
        except (NotFound, httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Answered(outcome="later")
        except (httpx.HTTPError, TimeoutError):
            return Answered(outcome="failed")  # it may have been taken: twice would be worse than not at all

    def _request(
        self, told: Told, to: Subscription, endpoint: Endpoint, address: str, ttl_s: int, now: datetime
    ) -> httpx.Request:
        url = httpx.URL(to.endpoint)
        return self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=sealed_for(to, msgspec.json.encode(told)),
            headers={
                "Host": url.netloc.decode("ascii"),
                "User-Agent": "facecheckin",
                "Accept-Encoding": "identity",
                "Authorization": self._key.authorization(endpoint.origin, now),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(ttl_s),
                "Topic": _TOPIC,
                "Urgency": "high",
            },
            # The certificate has to be the name's, whatever address it was reached at.
            extensions={"sni_hostname": endpoint.host},
        )

    async def _post(self, request: httpx.Request, now: datetime) -> Answered:
        answer = await self._client.send(request, stream=True)
        try:
            return answered(answer.status_code, answer.headers, now)
        finally:
            await answer.aclose()


def sealed_for(to: Subscription, plain: bytes) -> bytes:
    """In the coding aes128gcm, with a key pair of this message alone."""
    return bytes(
        http_ece.encrypt(
            plain.ljust(PADDED_BYTES),  # to JSON a space more is nothing
            private_key=generate_private_key(SECP256R1()),
            dh=to.p256dh,
            auth_secret=to.auth,
            version="aes128gcm",
        )
    )


def answered(status: int, headers: Mapping[str, str], now: datetime) -> Answered:
    if 200 <= status < 300:
        return Answered(outcome="sent", status=status)
    if status in (404, 410):
        return Answered(outcome="gone", status=status)
    if status == 429 or status >= 500:
        return Answered(outcome="later", status=status, retry_after_s=_retry_after_s(headers.get("retry-after"), now))
    return Answered(outcome="failed", status=status)


def _retry_after_s(text: str | None, now: datetime) -> float | None:
    """Seconds, or a date."""
    if text is None:
        return None
    if text.isascii() and text.isdecimal():
        return float(text[:6])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None
