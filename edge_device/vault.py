"""Encrypts what waits in the outbox: one key for each record, wrapped by the key of this device."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from edge_device.durable_file import write_durably

# ChaCha20 because a Pi 4 has no AES instructions.
_KEY_BYTES = 32
_NONCE_BYTES = 12


class Unreadable(Exception):
    """The device's key does not open this: another device's, or damaged."""


class Vault:
    """Holds the device's key. `about` is bound to the secret: one record's secret does not open as another's."""

    def __init__(self, device_key: bytes) -> None:
        if len(device_key) != _KEY_BYTES:
            raise Unreadable(f"a device key has {_KEY_BYTES} bytes, not {len(device_key)}")
        self._device = ChaCha20Poly1305(device_key)

    def seal(self, secret: bytes, about: str) -> bytes:
        """Encrypt a small secret under the device's key itself."""
        return _encrypt(self._device, secret, about)

    def open(self, sealed: bytes, about: str) -> bytes:
        return _decrypt(self._device, sealed, about)

    def seal_record(self, secret: bytes, about: str) -> tuple[bytes, bytes]:
        """(wrapped key, sealed): the secret is gone once the wrapped key is."""
        key = ChaCha20Poly1305.generate_key()
        return self.seal(key, f"key of {about}"), _encrypt(ChaCha20Poly1305(key), secret, about)

    def open_record(self, wrapped_key: bytes, sealed: bytes, about: str) -> bytes:
        return _decrypt(ChaCha20Poly1305(self.open(wrapped_key, f"key of {about}")), sealed, about)


def open_vault(key_file: Path) -> Vault:
    """The vault of this device; its key is made on first use, readable by its owner alone."""
    try:
        return Vault(key_file.read_bytes())
    except FileNotFoundError:
        return Vault(_make_key(key_file))


def _make_key(key_file: Path) -> bytes:
    key = ChaCha20Poly1305.generate_key()
    write_durably(key_file, key)
    return key


def _encrypt(cipher: ChaCha20Poly1305, secret: bytes, about: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, secret, about.encode())


def _decrypt(cipher: ChaCha20Poly1305, sealed: bytes, about: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"{about} does not open with this device's key") from error
