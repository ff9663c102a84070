"""What goes in and out where a person's browsers subscribe to push messages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.push.subscription import LONGEST_ENDPOINT, Language

# The first bytes of the SHA-256 of its endpoint: a browser knows its own, and no address stands in a path or a log.
SubscriptionId = Annotated[
    UUID, Meta(description="the first 16 bytes of the SHA-256 of the endpoint, written as a UUID")
]
Base64Url = Annotated[str, Meta(min_length=1, max_length=128, description="in base64url")]


def _hidden(self: object) -> str:
    """The repr of what leads to somebody's browser, so that none reaches a log."""
    return f"{type(self).__name__}(***)"


class PushKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`p256dh`: the browser's public key, a point of P-256. `auth`: 16 bytes that it shares with the sender."""

    p256dh: Base64Url
    auth: Base64Url

    __repr__ = _hidden


class PushSubscriptionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A browser's PushSubscription, and the language in which it is to say what it is told."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=LONGEST_ENDPOINT, description="an https URL")]
    keys: PushKeys
    language: Language

    __repr__ = _hidden


class KeptPushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    id: SubscriptionId


class MyPushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    id: SubscriptionId
    created_at: datetime


class MyPushSubscriptions(msgspec.Struct, frozen=True, kw_only=True):
    """`public_key`: a browser's applicationServerKey. `most`: so many at once; the oldest goes."""

    public_key: Base64Url
    most: int
    subscriptions: list[MyPushSubscription]
