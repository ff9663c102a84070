"""How one personal field is sealed: AES-256-GCM under its person's key, and no way to tell whose from the outside."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, get_args
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.event_store.key_file import KEY_BYTES
from domain.personal import PersonalData

_NONCE_BYTES = 12
REFERENCE_BYTES = 16
_SUBJECT_BYTES = 16


class SealedField(msgspec.Struct, frozen=True):
    """What an event holds in the place of a personal value (both base64 in JSON).

    `k`: the key's reference, encrypted with a fresh nonce, so that no two events show that they are about one person.
    `c`: nonce and ciphertext of the person's id and the value.
    """

    k: bytes
    c: bytes


@dataclass(frozen=True, slots=True)
class DataKey:
    """One person's key, and the random reference by which events name it."""

    reference: bytes
    key: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False)

    @classmethod
    def new(cls) -> DataKey:
        return cls.of(secrets.token_bytes(REFERENCE_BYTES), secrets.token_bytes(KEY_BYTES))

    @classmethod
    def of(cls, reference: bytes, key: bytes) -> DataKey:
        return cls(reference, key, AESGCM(key))


class References:
    """Key references under the reference key."""

    def __init__(self, reference_key: bytes) -> None:
        self._cipher = AESGCM(reference_key)

    def hide(self, reference: bytes) -> bytes:
        return encrypt(self._cipher, reference, b"")

    def find(self, hidden: bytes) -> bytes:
        """Raises InvalidTag where the event was sealed under another key file."""
        return decrypt(self._cipher, hidden, b"")


class Keys(Protocol):
    """Where keys come from: a key ring."""

    @property
    def references(self) -> References: ...

    def to_seal(self, subject: UUID) -> DataKey:
        """Raises PersonErased."""
        ...

    def to_open(self, hidden: bytes, missing: set[bytes]) -> DataKey | None:
        """None where the person was erased, or the key has to be fetched: then its reference is now in `missing`."""
        ...

    def fetch(self, references: Iterable[bytes]) -> None: ...


def seal(value: PersonalData[Any], key: DataKey, references: References) -> SealedField:
    """`Any`: what a field holds is for its event to say."""
    assert value.subject is not None, "an erased value is not sealed again"
    plain = value.subject.bytes + msgspec.json.encode(value.reveal())
    return SealedField(references.hide(key.reference), encrypt(key.cipher, plain, key.reference))


def unseal(sealed: SealedField, key: DataKey, of: type) -> PersonalData[Any]:
    """`of`: PersonalData with the type of its value."""
    plain = decrypt(key.cipher, sealed.c, key.reference)
    # A third of what UUID(bytes=…) takes, for every field of a replay.
    subject = msgspec.convert(plain[:_SUBJECT_BYTES], UUID)
    return PersonalData(subject, _decoder(of).decode(plain[_SUBJECT_BYTES:]))


@cache
def _decoder(of: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(get_args(of)[0])


def keyed_hash(index_key: bytes, purpose: bytes, value: bytes) -> bytes:
    return hmac.new(index_key, purpose + b":" + value, hashlib.sha256).digest()


def encrypt(cipher: AESGCM, plain: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound_to)


def decrypt(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
