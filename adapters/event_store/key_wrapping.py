"""How a person's key is kept in the database: wrapped by a key-encryption key that is never there."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.event_store.sealing import REFERENCE_BYTES, DataKey, decrypt, encrypt


def wrap(key_encryption_key: bytes, tag: bytes, key: DataKey) -> bytes:
    """Bound to `tag`, the row that it is kept in."""
    return encrypt(AESGCM(key_encryption_key), key.reference + key.key, tag)


def unwrap(key_encryption_key: bytes, tag: bytes, wrapped: bytes) -> DataKey:
    """Raises InvalidTag where it was wrapped by another key, or for another row."""
    plain = decrypt(AESGCM(key_encryption_key), wrapped, tag)
    return DataKey.of(plain[:REFERENCE_BYTES], plain[REFERENCE_BYTES:])
