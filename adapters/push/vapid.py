"""Who sends: the server's key pair for push services (VAPID, RFC 8292), its file, and the header that it signs."""

from __future__ import annotations

import base64
import os
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from adapters.event_store.key_file import KeysUnavailable

FILE_NAME = "push-key.pem"
# A day at most, says the RFC; push services compare it with clocks of their own.
_GOOD_FOR = timedelta(hours=12)


class VapidKey:
    """A browser subscribes to one public key: with another one every subscription has to be made anew."""

    def __init__(self, key: EllipticCurvePrivateKey, *, contact: str) -> None:
        self._key = key
        self._contact = contact
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public_key = base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def authorization(self, origin: str, now: datetime) -> str:
        """For requests to the push service at `origin`."""
        claims = {"aud": origin, "exp": int((now + _GOOD_FOR).timestamp()), "sub": self._contact}
        return f"vapid t={jwt.encode(claims, self._key, algorithm='ES256')}, k={self.public_key}"


def load_or_create(path: Path) -> EllipticCurvePrivateKey:
    """The key in `path`; where there is no such file, a new one. Safe when several processes start at once.

    Raises KeysUnavailable where others could read the file, or it holds no such key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(path)
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeysUnavailable(f"{path} can be read by others: chmod 600 {path}")
            key = load_pem_private_key(file.read(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeysUnavailable(f"{path} is not a key file for push messages: {error}") from error
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise KeysUnavailable(f"{path} holds a key that is not of the curve P-256")
    return key


def _create(path: Path) -> None:
    """Whole or not at all, and the first one to be there stays."""
    key = generate_private_key(SECP256R1())
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
