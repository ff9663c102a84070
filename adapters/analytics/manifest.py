"""How far an export has come: one small file, replaced whole, that makes an export resumable."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

NAME = "manifest.json"
PARTIAL = ".partial"


class ExportRefused(Exception):
    """The folder cannot take these events; the message says why."""


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was exported: while the database still has it, the folder is of this database."""

    position: int
    topic: str
    recorded_at: datetime


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything after position `since` up to `position` is in the folder: `events` of them, `last` the last."""

    format: int = 1
    since: int
    position: int
    events: int = 0
    last: Last | None = None


def read(folder: Path) -> Manifest | None:
    """None in a new folder. Raises ExportRefused."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise ExportRefused(f"{folder / NAME} cannot be read: {error}") from error


def write(folder: Path, manifest: Manifest) -> None:
    path = folder / NAME
    partial = path.with_suffix(PARTIAL)
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    publish(partial, path)
    sync(folder)


def publish(partial: Path, path: Path) -> None:
    """Whole and on disk under its name, or not there at all."""
    sync(partial)
    partial.replace(path)


def sync(path: Path) -> None:
    """Onto the disk: a file's content, or a folder's list of names."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """One export at a time. Raises ExportRefused."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExportRefused(f"another export is writing to {folder}") from None
        yield
