"""What an operator sets of an OpenID Connect provider: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from domain.account import ACCOUNT_ROLES, AccountRole

_PREFIX = "FACECHECKIN_OIDC_"


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`roles`: which values of the claim `role_claim` give which role here; the strongest of several counts."""

    issuer: str
    client_id: str
    client_secret: str
    role_claim: str
    roles: Mapping[str, AccountRole]

    def __repr__(self) -> str:
        return f"ProviderSettings(issuer={self.issuer!r}, ***)"


def provider_settings(env: Mapping[str, str]) -> ProviderSettings | None:
    """None where no issuer is set. Raises ValueError, whose message names the setting and says what it may be."""
    issuer = env.get(f"{_PREFIX}ISSUER")
    if not issuer:
        return None
    if not trustworthy(issuer):
        raise ValueError(f"{_PREFIX}ISSUER is {issuer!r}; it is an https URL")
    return ProviderSettings(
        issuer=issuer,
        client_id=_needed(env, "CLIENT_ID"),
        client_secret=_secret(_needed(env, "CLIENT_SECRET_FILE")),
        role_claim=env.get(f"{_PREFIX}ROLE_CLAIM") or "groups",
        roles=_roles(_needed(env, "ROLES")),
    )


def trustworthy(url: str) -> bool:
    """https, or this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))


def _needed(env: Mapping[str, str], name: str) -> str:
    text = env.get(_PREFIX + name)
    if not text:
        raise ValueError(f"{_PREFIX}{name} is missing; with {_PREFIX}ISSUER it is needed")
    return text


def _secret(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{_PREFIX}CLIENT_SECRET_FILE: {path} cannot be read ({error.strerror})") from error


def _roles(text: str) -> dict[str, AccountRole]:
    """`staff=teachers,admin=it-department`."""
    found: dict[str, AccountRole] = {}
    for part in text.split(","):
        name, _, group = (piece.strip() for piece in part.partition("="))
        role = next((one for one in ACCOUNT_ROLES if one == name), None)
        if role is None or not group:
            raise ValueError(f"{_PREFIX}ROLES is {text!r}; it is ROLE=GROUP,… with roles of {', '.join(ACCOUNT_ROLES)}")
        found[group] = role
    return found
