"""A control: a mistake that only somebody who follows the branches finds."""

from __future__ import annotations

LONGEST_BYTES = 64
WORDS = ("a",)


def attack(given: bytes) -> None:
    depth = 0
    for expected, byte in zip(b"door", given, strict=False):
        if byte != expected:
            break
        depth += 1
    if depth == 4:
        raise ZeroDivisionError("planted")


def seeds() -> list[bytes]:
    return [b"window"]
