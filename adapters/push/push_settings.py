"""What an operator sets of push messages: whether there are any, and whom a push service can write to."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

_SWITCH, _CONTACT = "FACECHECKIN_PUSH", "FACECHECKIN_PUSH_CONTACT"


class PushSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`contact`: an address of the operator's, which push services read and people do not."""

    contact: str


def push_settings(env: Mapping[str, str]) -> PushSettings | None:
    """None where it is off. Raises ValueError, whose message names the setting and says what it may be."""
    switch = env.get(_SWITCH) or "off"
    if switch not in ("on", "off"):
        raise ValueError(f"{_SWITCH} is {switch!r}; it is on or off")
    if switch == "off":
        return None
    contact = env.get(_CONTACT, "")
    parts = urlsplit(contact)
    if not (parts.scheme == "mailto" and "@" in parts.path) and not (parts.scheme == "https" and parts.hostname):
        raise ValueError(f"{_CONTACT} is {contact!r}; with {_SWITCH} it is a mailto: or https: address of yours")
    return PushSettings(contact=contact)
