"""A request's signature as it travels (RFC 9421 over method, path, query and the body's digest), read and verified."""

from __future__ import annotations

import base64
import binascii
import re

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COMPONENTS = '("@method" "@path" "@query" "content-digest")'
_INPUT = re.compile(
    r"sig1=(?P<parameters>"
    + re.escape(COMPONENTS)
    + r";created=(?P<created>[0-9]{1,12})"
    + r';nonce="(?P<nonce>[A-Za-z0-9_-]{22,64}={0,2})"'
    + r';keyid="(?P<key_id>[0-9a-f]{16})"'
    + r';alg="ed25519")'
)
_SIGNATURE = re.compile(r"sig1=:(?P<value>[A-Za-z0-9+/]{86}==):")
_DIGEST = re.compile(r"sha-256=:(?P<value>[A-Za-z0-9+/]{43}=):")


class SignatureMalformed(Exception):
    """The headers are not those of the contract; the message says which one."""


class RequestLine(msgspec.Struct, frozen=True):
    """What is signed of the request itself, as it came over the wire. `query` is without its question mark."""

    method: str
    path: bytes
    query: bytes


class RequestSignature(msgspec.Struct, frozen=True, kw_only=True):
    """What a request claims. `created_s`: seconds since 1970 by the sender's clock. `body_sha256`: of its body."""

    key_id: str
    nonce: str
    created_s: int
    body_sha256: bytes
    signed: bytes
    value: bytes

    def is_by(self, public_key: bytes) -> bool:
        """Whether the holder of this Ed25519 key (32 raw bytes) signed it. Some 100 µs."""
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(self.value, self.signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_signature(line: RequestLine, *, signature_input: str, signature: str, content_digest: str) -> RequestSignature:
    """From the values of the three headers. Raises SignatureMalformed."""
    claimed = _INPUT.fullmatch(signature_input)
    if claimed is None:
        raise SignatureMalformed(
            f'Signature-Input is not sig1={COMPONENTS};created=…;nonce="…";keyid="…";alg="ed25519"'
        )
    value = _SIGNATURE.fullmatch(signature)
    if value is None:
        raise SignatureMalformed("Signature is not sig1=:…: with 64 bytes in base64")
    digest = _DIGEST.fullmatch(content_digest)
    if digest is None:
        raise SignatureMalformed("Content-Digest is not sha-256=:…: with 32 bytes in base64")
    return RequestSignature(
        key_id=claimed["key_id"],
        nonce=claimed["nonce"],
        created_s=int(claimed["created"]),
        body_sha256=_decoded(digest["value"], "Content-Digest"),
        signed=signature_base(line, content_digest, claimed["parameters"]),
        value=_decoded(value["value"], "Signature"),
    )


def signature_base(line: RequestLine, content_digest: str, parameters: str) -> bytes:
    """The bytes that are signed (RFC 9421, section 2.5)."""
    return b"\n".join(
        (
            f'"@method": {line.method}'.encode(),
            b'"@path": ' + line.path,
            b'"@query": ?' + line.query,
            f'"content-digest": {content_digest}'.encode(),
            f'"@signature-params": {parameters}'.encode(),
        )
    )


def _decoded(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise SignatureMalformed(f"{header} is not base64") from error
