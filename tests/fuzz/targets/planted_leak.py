"""A control: a list that keeps something of every request."""

from __future__ import annotations

LONGEST_BYTES = 64
WORDS = ("a",)
_KEPT: list[bytes] = []


def attack(given: bytes) -> None:
    _KEPT.append(given + bytes(len(_KEPT) % 7 + 20_000))


def seeds() -> list[bytes]:
    return [b"window"]
