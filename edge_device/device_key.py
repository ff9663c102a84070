"""The station's own Ed25519 key: made here, never leaves, and replaced so that no power cut locks the station out."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_device.durable_file import sync_folder, write_durably

CURRENT_KEY = "identity.key"
NEXT_KEY = "identity-next.key"
_KEY_BYTES = 32
_KEY_ID_DIGITS = 16


class KeyDamaged(Exception):
    """A key file cannot be read, or does not hold a key."""


class DeviceKey:
    """`key_id`: the first 16 hexadecimal digits of the SHA-256 of the 32 bytes of the public key."""

    def __init__(self, private_bytes: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(private_bytes)
        self.public_bytes = self._private.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(self.public_bytes).hexdigest()[:_KEY_ID_DIGITS]

    @property
    def public_text(self) -> str:
        """base64url without padding."""
        return base64url(self.public_bytes)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


class KeyRing:
    """The key in use, and during a rotation the next one beside it.

    Which of the two the server takes is not known while its answer is out: both are kept until it has named the next
    one as its own. Only then does `promote` put the next key in the place of the other, by one rename.
    """

    def __init__(self, folder: Path) -> None:
        """Reads what is there. Raises `KeyDamaged`."""
        self._folder = folder
        self.current = _read(folder / CURRENT_KEY)
        self.next = _read(folder / NEXT_KEY)

    def made(self) -> DeviceKey:
        """The key in use, made where there is none yet."""
        if self.current is None:
            self.current = _make(self._folder / CURRENT_KEY)
        return self.current

    def prepared(self) -> DeviceKey:
        """The next key: the one of an unfinished rotation, or a new one. On the disk before anybody hears of it."""
        if self.next is None:
            self.next = _make(self._folder / NEXT_KEY)
        return self.next

    def promote(self) -> None:
        """The server has confirmed the next key."""
        assert self.next is not None, "only a prepared key can be promoted"
        (self._folder / NEXT_KEY).rename(self._folder / CURRENT_KEY)
        sync_folder(self._folder)
        self.current, self.next = self.next, None


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _read(path: Path) -> DeviceKey | None:
    try:
        private_bytes = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyDamaged(f"{path} cannot be read: {error.strerror}") from error
    if len(private_bytes) != _KEY_BYTES:
        raise KeyDamaged(f"{path} does not hold a key; facecheckin-station unpair, and pair anew")
    return DeviceKey(private_bytes)


def _make(path: Path) -> DeviceKey:
    private_bytes = Ed25519PrivateKey.generate().private_bytes_raw()
    write_durably(path, private_bytes)
    return DeviceKey(private_bytes)
