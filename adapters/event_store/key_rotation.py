"""Changing the key-encryption key, and checking that everybody's key can be unwrapped.

Killed at any moment, nothing is lost: the file holds both keys before the first row is wrapped anew, and the old key
leaves it only once no row needs it. A rotation that was cut short is completed by the next.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.database import connect
from adapters.event_store import key_file
from adapters.event_store.key_file import KeyMaterial
from adapters.event_store.key_wrapping import unwrap, wrap

_PAGE = 5000


class KeysChecked(msgspec.Struct, frozen=True, kw_only=True):
    """`unreadable`: keys that no key-encryption key of the file opens. `superseded`: keys of the file not in use."""

    people: int
    erased: int
    unreadable: int
    superseded: int
    in_use: str | None

    @property
    def sound(self) -> bool:
        return not self.unreadable and not self.superseded


def rotate(dsn: str, path: Path) -> int:
    """Wrap every key anew under a new key-encryption key; answers how many.

    The old one is destroyed, and with it every wrapped key in backups and logs, those of erased people included.
    Raises KeysUnavailable where the file is not this database's.
    """
    key_file.load(path)
    with connect(dsn, name="key rotation") as connection:
        with key_file.changing(path) as file:
            _belongs(connection, file.read())
            id, key = key_file.new_key_encryption_key()
            material = file.read()
            material = material.with_keys({**material.key_encryption_keys, id: key})
            file.write(material)
            with connection.transaction():
                # Whoever makes a key holds this row: no key is wrapped under one that is about to be destroyed.
                connection.execute("UPDATE key_ring SET kek_id = %s", (id,))
                rows = connection.execute(
                    "SELECT tag, kek_id, wrapped FROM person_key WHERE wrapped IS NOT NULL FOR UPDATE"
                ).fetchall()
                rewrapped = [(id, _rewrap(material, id, tag, kek_id, old), tag) for tag, kek_id, old in rows]
                with connection.cursor() as cursor:
                    cursor.executemany("UPDATE person_key SET kek_id = %s, wrapped = %s WHERE tag = %s", rewrapped)
            file.write(material.with_keys({id: key}))
        # FULL: a plain one leaves the old rows' bytes where they were until something overwrites them.
        connection.execute("VACUUM FULL person_key")
    return len(rewrapped)


def check(dsn: str, path: Path) -> KeysChecked:
    """Unwrap every key. Raises KeysUnavailable where there is no usable key file."""
    material = key_file.load(path)
    people = erased = unreadable = 0
    with connect(dsn, name="keys check") as connection:
        row = connection.execute("SELECT kek_id FROM key_ring").fetchone()
        in_use: str | None = None if row is None else row[0]
        with connection.transaction(), connection.cursor(name="keys") as cursor:
            cursor.itersize = _PAGE
            for tag, kek_id, wrapped in cursor.execute("SELECT tag, kek_id, wrapped FROM person_key"):
                if wrapped is None:
                    erased += 1
                    continue
                people += 1
                unreadable += not _opens(material, tag, kek_id, wrapped)
    if in_use is not None and in_use not in material.key_encryption_keys:
        unreadable = max(unreadable, 1)
    superseded = len(material.key_encryption_keys.keys() - {in_use}) if in_use is not None else 0
    return KeysChecked(people=people, erased=erased, unreadable=unreadable, superseded=superseded, in_use=in_use)


def _belongs(connection: Connection[TupleRow], material: KeyMaterial) -> None:
    (in_use,) = connection.execute("SELECT kek_id FROM key_ring").fetchall()[0]
    if in_use is not None and in_use not in material.key_encryption_keys:
        raise _missing(in_use)


def _missing(kek_id: str) -> key_file.KeysUnavailable:
    return key_file.KeysUnavailable(f"the key file does not hold key {kek_id}, which this database uses")


def _rewrap(material: KeyMaterial, id: str, tag: bytes, kek_id: str, wrapped: bytes) -> bytes:
    keys = material.key_encryption_keys
    if kek_id not in keys:
        raise _missing(kek_id)
    return wrap(keys[id], tag, unwrap(keys[kek_id], tag, wrapped))


def _opens(material: KeyMaterial, tag: bytes, kek_id: str, wrapped: bytes) -> bool:
    if kek_id not in material.key_encryption_keys:
        return False
    try:
        unwrap(material.key_encryption_keys[kek_id], tag, wrapped)
    except InvalidTag:
        return False
    return True
