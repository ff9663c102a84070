"""Signs a request with the station's key: RFC 9421 over method, path, query and the body's digest (RFC 9530)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass

from edge_device.device_key import DeviceKey

_COMPONENTS = '("@method" "@path" "@query" "content-digest")'
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is signed of a request. `path` and `query` are as on the wire, the query without its question mark."""

    method: str
    path: str
    query: str
    body: bytes


def signature_headers(key: DeviceKey, request: Outgoing, created_s: int) -> dict[str, str]:
    """The three headers of one attempt: another attempt needs another nonce, so another call."""
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(request.body).digest()).decode()}:"
    nonce = base64.urlsafe_b64encode(secrets.token_bytes(_NONCE_BYTES)).rstrip(b"=").decode()
    parameters = f'{_COMPONENTS};created={created_s};nonce="{nonce}";keyid="{key.key_id}";alg="ed25519"'
    signature = key.sign(signature_base(request, digest, parameters))
    return {
        "content-digest": digest,
        "signature-input": f"sig1={parameters}",
        "signature": f"sig1=:{base64.b64encode(signature).decode()}:",
    }


def signature_base(request: Outgoing, digest: str, parameters: str) -> bytes:
    lines = (
        f'"@method": {request.method}',
        f'"@path": {request.path}',
        f'"@query": ?{request.query}',
        f'"content-digest": {digest}',
        f'"@signature-params": {parameters}',
    )
    return "\n".join(lines).encode("ascii")
