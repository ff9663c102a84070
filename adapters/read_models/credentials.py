"""PINs and QR codes: what is kept of them can be checked and cannot be read back."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.read_model import Projected
from adapters.event_store.sealing import SealedField, seal, unseal
from adapters.event_store.topics import Event
from application.ports import PersonErased
from domain.person import Erased
from domain.personal import PersonalData

PIN_DIGITS = 6
_SALT_BYTES = 16
_HASH_BYTES = 32
_PIN = re.compile(r"[0-9]{6}", re.ASCII)
_CODE = re.compile(r"fcq_[A-Za-z0-9_-]{43}")
_KEEP = """
INSERT INTO credential (person, kind, sealed, sha256) VALUES (%s, %s, %s, %s)
ON CONFLICT (person, kind) DO UPDATE
SET sealed = excluded.sealed, sha256 = excluded.sha256, created_at = clock_timestamp()
"""


class CredentialsProjection:
    """Implements adapters.event_store.read_model.ReadModel: whoever is erased checks in with nothing any more."""

    name = "credentials"
    takes: tuple[type[Event], ...] = (Erased,)
    personal = False
    # They are kept: they are in no event, so nothing could bring them back.
    tables: tuple[str, ...] = ()

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        cursor.execute("DELETE FROM credential WHERE person = ANY(%s)", ([one.stream for one in page],))


class PostgresCredentials:
    """Implements application.ports.Credentials. A PIN is hashed in a thread, for some 50 ms.

    Its hash is sealed under the person's key: a million PINs are soon tried on a hash, but not without the key file.
    """

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database = database
        self._keys = keys

    async def issue_pin(self, person: UUID) -> str:
        pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"
        sealed = await asyncio.to_thread(self._seal, person, pin)
        await self._database.fetch(_KEEP, (person, "pin", sealed, None))
        return pin

    async def issue_code(self, person: UUID) -> str:
        await asyncio.to_thread(self._keys.prepare, [person])
        code = "fcq_" + secrets.token_urlsafe(32)
        await self._database.fetch(_KEEP, (person, "qr", None, _sha256(code)))
        return code

    async def revoke(self, person: UUID) -> None:
        await self._database.fetch("DELETE FROM credential WHERE person = %s", (person,))

    async def pin_is(self, person: UUID | None, pin: str) -> bool:
        rows = await self._database.fetch("SELECT sealed FROM credential WHERE person = %s AND kind = 'pin'", (person,))
        return await asyncio.to_thread(self._pin_is, person, rows[0][0] if rows else None, pin)

    async def whose_code(self, code: str) -> UUID | None:
        if _CODE.fullmatch(code) is None:
            return None
        rows = await self._database.fetch("SELECT person FROM credential WHERE sha256 = %s", (_sha256(code),))
        return rows[0][0] if rows else None

    def _seal(self, person: UUID, pin: str) -> bytes:
        salt = secrets.token_bytes(_SALT_BYTES)
        kept = PersonalData(person, salt + _scrypt(salt).derive(pin.encode()))
        return msgspec.json.encode(seal(kept, self._keys.to_seal(person), self._keys.references))

    def _pin_is(self, person: UUID | None, sealed: bytes | None, pin: str) -> bool:
        kept = None if person is None or sealed is None else self._open(person, sealed)
        known = kept is not None and _PIN.fullmatch(pin) is not None
        expected = kept if kept is not None else bytes(_SALT_BYTES + _HASH_BYTES)
        try:
            _scrypt(expected[:_SALT_BYTES]).verify(pin.encode(), expected[_SALT_BYTES:])
        except InvalidKey:
            return False
        return known

    def _open(self, person: UUID, sealed: bytes) -> bytes | None:
        try:
            key = self._keys.to_seal(person)
        except PersonErased:
            return None
        # PersonalData[bytes] at run time: what unseal reads the value as.
        value: PersonalData[bytes] = unseal(msgspec.json.decode(sealed, type=SealedField), key, PersonalData[bytes])
        return value.reveal()


def _scrypt(salt: bytes) -> Scrypt:
    return Scrypt(salt=salt, length=_HASH_BYTES, n=2**14, r=8, p=1)


def _sha256(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
