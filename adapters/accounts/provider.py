"""An OpenID Connect provider: the way to it and back (code, PKCE, state, nonce), and its verified word."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

from adapters.accounts.id_token import IdTokenRefused, ProviderKeys, claims_of
from adapters.accounts.provider_settings import ProviderSettings, trustworthy
from adapters.database import Database
from adapters.visible_text import holds_unseen, without_unseen
from application.sign_in import ProvidersWord
from domain.account import AccountRole

VISIT = timedelta(minutes=10)
_TIMEOUT_S = 10.0
_FORGET = "DELETE FROM provider_visit WHERE expires_at < clock_timestamp()"
_BEGIN = """
INSERT INTO provider_visit (state_sha256, nonce, verifier, expires_at) VALUES (%s, %s, %s, clock_timestamp() + %s)
"""
_END = """
DELETE FROM provider_visit WHERE state_sha256 = %s RETURNING nonce, verifier, expires_at > clock_timestamp()
"""
_STRONGEST: tuple[AccountRole, ...] = ("admin", "staff", "analyst")


class ProviderUnavailable(Exception):
    """The provider did not answer, or not as OpenID Connect says."""


class VisitRefused(Exception):
    """The way back was not the end of a way that began in this browser, or the token is not to be believed."""


class _Discovery(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str

    def __repr__(self) -> str:
        return "_Tokens(***)"


class Provider:
    """What is on its way is in the database, so that the way back may end in another process. Owned by one event loop.

    `state` binds the way back to the browser, by a cookie; the nonce binds the token to this way; the verifier (PKCE)
    binds the code to this server.
    """

    def __init__(self, settings: ProviderSettings, database: Database, *, redirect_uri: str) -> None:
        self._settings = settings
        self._database = database
        self._redirect_uri = redirect_uri
        self._discovery: _Discovery | None = None
        self.keys = ProviderKeys(self.fetch_keys)

    async def begin(self) -> tuple[str, str]:
        """Where to send the browser, and the state to keep in its cookie. Raises ProviderUnavailable."""
        discovery = await self._discovered()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        await self._database.fetch(_FORGET)
        await self._database.fetch(_BEGIN, (_sha256(state), nonce, verifier, VISIT))
        challenge = base64.urlsafe_b64encode(_sha256(verifier)).rstrip(b"=").decode()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._settings.client_id,
                "redirect_uri": self._redirect_uri,
                "scope": "openid profile email",
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        joint = "&" if urlsplit(discovery.authorization_endpoint).query else "?"
        return f"{discovery.authorization_endpoint}{joint}{query}", state

    async def end(self, *, code: str, state: str, browsers_state: str | None) -> ProvidersWord:
        """Raises ProviderUnavailable, VisitRefused."""
        if browsers_state is None or not secrets.compare_digest(state.encode(), browsers_state.encode()):
            raise VisitRefused("the state is not this browser's")
        async with self._database.connection() as connection, connection.cursor() as cursor:
            await cursor.execute(_END, (_sha256(state),))
            row = await cursor.fetchone()
        if row is None or not row[2]:
            raise VisitRefused("the way to the provider took too long, or ended before")
        nonce, verifier, _ = row
        tokens = await self._redeem(code, verifier)
        try:
            claims = await claims_of(
                tokens.id_token,
                self.keys,
                issuer=self._settings.issuer,
                client_id=self._settings.client_id,
                nonce=nonce,
            )
        except IdTokenRefused as refused:
            raise VisitRefused(str(refused)) from None
        return self._word(claims)

    def _word(self, claims: Mapping[str, object]) -> ProvidersWord:
        told = claims.get(self._settings.role_claim)
        groups = {told} if isinstance(told, str) else set(told) if isinstance(told, list) else set()
        roles = {self._settings.roles[group] for group in groups if group in self._settings.roles}
        subject = str(claims["sub"])
        name = str(claims.get("preferred_username") or claims.get("email") or subject)
        if holds_unseen(subject) or len(subject) > 255:
            raise VisitRefused("the subject is not one that OpenID Connect allows")
        return ProvidersWord(
            issuer=self._settings.issuer,
            subject=subject,
            name=without_unseen(name).strip()[:128] or subject,
            role=next((role for role in _STRONGEST if role in roles), None),
        )

    async def _redeem(self, code: str, verifier: str) -> _Tokens:
        discovery = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        secret = httpx.BasicAuth(self._settings.client_id, self._settings.client_secret)
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
                answer = await client.post(discovery.token_endpoint, data=form, auth=secret)
        except httpx.HTTPError as error:
            raise ProviderUnavailable(f"the token endpoint failed: {type(error).__name__}") from None
        if 400 <= answer.status_code < 500:
            raise VisitRefused("the provider does not take the code")
        if answer.status_code != 200:
            raise ProviderUnavailable(f"the token endpoint answered {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=_Tokens)
        except msgspec.MsgspecError:
            raise ProviderUnavailable("the token endpoint answered without an ID token") from None

    async def _discovered(self) -> _Discovery:
        if self._discovery is None:
            content = await _get(self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
            try:
                found = msgspec.json.decode(content, type=_Discovery)
            except msgspec.MsgspecError:
                raise ProviderUnavailable("the discovery document cannot be read") from None
            if found.issuer != self._settings.issuer:
                raise ProviderUnavailable("the discovery document is another issuer's")
            for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                if not trustworthy(url):
                    raise ProviderUnavailable("an endpoint of the provider is not under https")
            self._discovery = found
        return self._discovery

    async def fetch_keys(self) -> bytes:
        return await _get((await self._discovered()).jwks_uri)


async def _get(url: str) -> bytes:
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            answer = await client.get(url)
    except httpx.HTTPError as error:
        raise ProviderUnavailable(f"the provider did not answer: {type(error).__name__}") from None
    if answer.status_code != 200:
        raise ProviderUnavailable(f"the provider answered {answer.status_code}")
    return answer.content


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
