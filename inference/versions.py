"""The names of the models that can run, of their versions, and of what they open."""

from __future__ import annotations

from typing import Literal, get_args

IdentityName = Literal["resnet-29", "facenet"]
IDENTITY_NAMES: tuple[IdentityName, ...] = get_args(IdentityName)

IDENTITY_VERSIONS: dict[IdentityName, str] = {"resnet-29": "resnet-29.v1", "facenet": "facenet.v1"}
EMOTION_VERSION = "mini-xception.v1"

_ALWAYS = ("pnet", "rnet", "onet", "mini_xception")
NEEDED: dict[IdentityName, tuple[str, ...]] = {
    "resnet-29": (*_ALWAYS, "resnet29", "landmarks5"),
    "facenet": (*_ALWAYS, "facenet"),
}
"""The models of the store that each opens."""
