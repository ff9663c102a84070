"""An ID token, believed only where its signature, issuer, audience, times and nonce all are right."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import jwt
import msgspec

# Named here, never taken from the token: neither `none` nor a secret shared with whoever knows the public key.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_LEEWAY_S = 60
_OLDEST_S = 600
_ASK_AGAIN_S = 10.0


class IdTokenRefused(Exception):
    """The message says why, and quotes nothing of the token."""


class ProviderKeys:
    """The provider's keys by their id. An id that is not known is asked for anew, not more often than `ask_again_s`."""

    def __init__(self, fetch: Callable[[], Awaitable[bytes]], *, ask_again_s: float = _ASK_AGAIN_S) -> None:
        self._fetch = fetch
        self._ask_again_s = ask_again_s
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._asked_at: float | None = None

    async def find(self, id: str | None) -> jwt.PyJWK | None:
        now = time.monotonic()
        if id not in self._keys and (self._asked_at is None or now - self._asked_at >= self._ask_again_s):
            self._asked_at = now
            self._keys = _signing_keys(await self._fetch())
        return self._keys.get(id)


async def claims_of(token: str, keys: ProviderKeys, *, issuer: str, client_id: str, nonce: str) -> Mapping[str, object]:
    """Raises IdTokenRefused."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise IdTokenRefused("it is not a token") from None
    if header.get("alg") not in ALGORITHMS:
        raise IdTokenRefused("its algorithm is none that we take")
    id = header.get("kid")
    key = await keys.find(id if isinstance(id, str) else None)
    if key is None:
        raise IdTokenRefused("no key of the provider has its id")
    try:
        # `Any`: PyJWT's claims are untyped.
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=issuer,
            leeway=_LEEWAY_S,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError as error:
        raise IdTokenRefused(f"it does not hold: {type(error).__name__}") from None
    told = claims.get("nonce")
    if not isinstance(told, str) or not secrets.compare_digest(told.encode(), nonce.encode()):
        raise IdTokenRefused("its nonce is another's")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client_id:
        raise IdTokenRefused("it was made for another party")
    if time.time() - claims["iat"] > _OLDEST_S:
        raise IdTokenRefused("it was made too long ago")
    return claims


def _signing_keys(content: bytes) -> dict[str | None, jwt.PyJWK]:
    """Those that we know how to use; others are passed over, as the standard asks."""
    try:
        listed = msgspec.json.decode(content, type=dict[str, list[dict[str, Any]]])["keys"]
    except (msgspec.MsgspecError, KeyError):
        return {}
    found: dict[str | None, jwt.PyJWK] = {}
    for described in listed:
        if described.get("use", "sig") != "sig" or described.get("kty") == "oct":
            continue
        try:
            found[described.get("kid")] = jwt.PyJWK(described)
        except jwt.PyJWTError:
            continue
    return found
