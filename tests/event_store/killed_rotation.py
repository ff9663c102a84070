"""A rotation killed at a chosen moment: `python -m tests.event_store.killed_rotation DSN KEYS MOMENT`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from adapters.event_store import key_file, key_rotation
from adapters.event_store.key_file import KeyMaterial
from adapters.event_store.key_wrapping import wrap
from adapters.event_store.sealing import DataKey

MOMENTS = ("before-first-write", "after-first-write", "while-wrapping", "before-last-write", "after-last-write")


def die(*_: Any) -> NoReturn:  # stands in for functions of several signatures
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def arm(moment: str) -> None:
    write = key_file._Change.write
    writes = 0

    def write_or_die(change: key_file._Change, material: KeyMaterial) -> None:
        nonlocal writes
        writes += 1
        which = "first" if writes == 1 else "last"
        if moment == f"before-{which}-write":
            die()
        write(change, material)
        if moment == f"after-{which}-write":
            die()

    def wrap_or_die(key_encryption_key: bytes, tag: bytes, key: DataKey) -> bytes:
        wrapped_before.append(tag)
        return die() if len(wrapped_before) == 2 else wrap(key_encryption_key, tag, key)

    wrapped_before: list[bytes] = []
    key_file._Change.write = write_or_die  # type: ignore[method-assign,assignment]  # this process is here to be killed
    if moment == "while-wrapping":
        key_rotation.wrap = wrap_or_die  # type: ignore[attr-defined]  # as above


if __name__ == "__main__":
    arm(sys.argv[3])
    key_rotation.rotate(sys.argv[1], Path(sys.argv[2]))
