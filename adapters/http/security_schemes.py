"""How a caller shows who it is, for readers of the contract: a token, a signature of the request, or a cookie."""

from __future__ import annotations

from typing import Any

_SIGNATURE = """A paired station signs each request with its Ed25519 key (RFC 9421). The key's id is the first 16
hexadecimal digits of the SHA-256 of the 32 bytes of the public key. Three headers come with it, exactly so:

    Content-Digest: sha-256=:<base64 of the SHA-256 of the body, or of nothing>:
    Signature-Input: sig1=("@method" "@path" "@query" "content-digest");created=<seconds since 1970>;nonce="<16 random
      bytes in base64url>";keyid="<key id>";alg="ed25519"
    Signature: sig1=:<base64>:

(Signature-Input is one line.) `@path` is as it was sent, `@query` starts with its question mark and is `?` where there
is none. `created` may be 300 s from the server's clock: beyond it the answer is `signature-stale`, whose Date header
says what to sign with. A nonce is taken once: a request that is sent again is signed again."""

_COOKIE = """A browser in which somebody signed in: `/api/sign-in/` sets it. Where the server's public URL is not https
its name is `facecheckin`. With it a request that changes something has to come from a page of the server's own
origin, which the browser says in Sec-Fetch-Site or Origin; any other is refused with `origin-refused`."""

SECURITY_SCHEMES: dict[str, Any] = {  # a tree of JSON
    "bearer": {"type": "http", "scheme": "bearer", "description": "an access token"},
    "signature": {"type": "apiKey", "in": "header", "name": "Signature", "description": _SIGNATURE},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-facecheckin", "description": _COOKIE},
}
