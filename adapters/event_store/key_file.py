"""The key file: the keys that unlock everybody's keys. It is never in the database, and never in a backup of it."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

KEY_BYTES = 32


class KeysUnavailable(Exception):
    """The key file cannot be used with this database; the message says why."""


class KeyMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """`key_encryption_keys` by id: the database says which one is in use.

    `reference_key` hides whose key an event is sealed with; `index_key` finds a person's key without naming the person.
    """

    key_encryption_keys: dict[str, bytes]
    reference_key: bytes
    index_key: bytes

    def with_keys(self, key_encryption_keys: Mapping[str, bytes]) -> KeyMaterial:
        return msgspec.structs.replace(self, key_encryption_keys=dict(key_encryption_keys))


def new_key_encryption_key() -> tuple[str, bytes]:
    """An id and a key."""
    return secrets.token_hex(8), secrets.token_bytes(KEY_BYTES)


def load_or_create(path: Path) -> KeyMaterial:
    """The keys in `path`; where there is no such file, new ones. Safe when several processes start at once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(path):
            if not path.exists():
                id, key = new_key_encryption_key()
                material = KeyMaterial(
                    key_encryption_keys={id: key},
                    reference_key=secrets.token_bytes(KEY_BYTES),
                    index_key=secrets.token_bytes(KEY_BYTES),
                )
                _write(path, material)
    return load(path)


def load(path: Path) -> KeyMaterial:
    """Raises KeysUnavailable where others could read the file, or it holds no keys."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeysUnavailable(f"{path} can be read by others: chmod 600 {path}")
            return msgspec.json.decode(file.read(), type=KeyMaterial)
    except (OSError, msgspec.DecodeError) as error:
        raise KeysUnavailable(f"{path} is not a key file: {error}") from error


@contextmanager
def changing(path: Path) -> Iterator[_Change]:
    """Hold the file against other processes that would change it."""
    with _locked(path):
        yield _Change(path)


class _Change:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> KeyMaterial:
        return load(self._path)

    def write(self, material: KeyMaterial) -> None:
        _write(self._path, material)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, material: KeyMaterial) -> None:
    """Whole or not at all, and on disk before it is used: a lost key loses everything sealed with it."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(number, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(material), indent=2))
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
