"""The signature as bytes: what the station program signs is what the server verifies, and nothing is read loosely."""

from __future__ import annotations

import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.http.signature import RequestLine, SignatureMalformed, read_signature, signature_base
from edge_device.device_key import DeviceKey
from edge_device.signing import Outgoing, signature_headers
from tests.http.signing_device import key_id_of, sign

LINE = RequestLine("POST", b"/api/checkin/identify/", b"of=today")
TARGET = "/api/checkin/identify/?of=today"


def test_the_base_is_that_of_the_standard() -> None:
    """RFC 9421, section 2.5: one line for each component, the parameters last, no newline after them."""
    parameters = '("@method" "@path" "@query" "content-digest");created=1;nonce="n";keyid="k";alg="ed25519"'
    assert signature_base(LINE, "sha-256=:aa=:", parameters).decode().split("\n") == [
        '"@method": POST',
        '"@path": /api/checkin/identify/',
        '"@query": ?of=today',
        '"content-digest": sha-256=:aa=:',
        f'"@signature-params": {parameters}',
    ]


def test_what_the_station_program_signs_the_server_verifies() -> None:
    key = DeviceKey(bytes(range(32)))
    request = Outgoing("POST", "/api/checkin/identify/", "of=today", b'{"image": ""}')
    headers = signature_headers(key, request, int(time.time()))
    signature = read_signature(
        LINE,
        signature_input=headers["signature-input"],
        signature=headers["signature"],
        content_digest=headers["content-digest"],
    )
    assert signature.key_id == key.key_id
    assert signature.is_by(key.public_bytes)
    assert not signature.is_by(DeviceKey(bytes(32)).public_bytes)


def test_only_the_holder_of_the_key_signed_it() -> None:
    key = Ed25519PrivateKey.generate()
    headers = sign(key, "POST", TARGET, b"{}")
    signature = read_signature(
        LINE,
        signature_input=headers["signature-input"],
        signature=headers["signature"],
        content_digest=headers["content-digest"],
    )
    assert signature.key_id == key_id_of(key)
    assert signature.is_by(key.public_key().public_bytes_raw())
    assert not signature.is_by(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    assert not signature.is_by(b"too short")


@pytest.mark.parametrize(
    ("header", "old", "new"),
    [
        ("signature-input", ";created", "; created"),
        ("signature-input", '"@path" "@query"', '"@query" "@path"'),
        ("signature-input", 'alg="ed25519"', 'alg="ed25519";tag="x"'),
        ("signature-input", "sig1=", "other=(), sig1="),
        ("signature", "sig1=", "sig2="),
        ("content-digest", "sha-256=", "sha-512=:AA==:, sha-256="),
    ],
)
def test_headers_are_exactly_those_of_the_contract(header: str, old: str, new: str) -> None:
    headers = sign(Ed25519PrivateKey.generate(), "POST", TARGET, b"")
    assert old in headers[header]
    headers[header] = headers[header].replace(old, new)
    with pytest.raises(SignatureMalformed, match=header.title()):
        read_signature(
            LINE,
            signature_input=headers["signature-input"],
            signature=headers["signature"],
            content_digest=headers["content-digest"],
        )
