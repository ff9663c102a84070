"""One station at a time works on a state folder: a lock that the kernel lets go of however the process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = "station.lock"


class FolderUnusable(Exception):
    """Another station runs on the folder, or it cannot be written."""


def take_lock(folder: Path) -> int:
    """A descriptor to be closed. Raises `FolderUnusable`."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise FolderUnusable(f"the folder {folder} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise FolderUnusable(f"another station runs on {folder}") from error
    return lock


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    lock = take_lock(folder)
    try:
        yield
    finally:
        os.close(lock)
