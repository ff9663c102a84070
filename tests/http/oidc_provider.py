"""A real OpenID Connect provider for tests: discovery, keys, codes with PKCE, and ID tokens under a real RSA key.

A test may make it lie about one thing at a time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT_ID, CLIENT_SECRET = "facecheckin", "the provider's own secret"
Json = dict[str, Any]  # claims, or an answer


@dataclass
class OidcProvider:
    """`claims` are added to every ID token, and replace what would be there. `lie` names how a token is spoilt."""

    url: str = ""
    claims: Json = field(default_factory=lambda: {"preferred_username": "grace", "groups": ["teachers"]})
    lie: str | None = None
    key_id: str = "first"
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)
    waiting: dict[str, Json] = field(default_factory=dict)
    keys_asked: int = 0

    def __post_init__(self) -> None:
        self.rotate("first")

    def rotate(self, key_id: str) -> None:
        self.key_id = key_id
        self.keys[key_id] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def authorise(self, query: dict[str, str]) -> str:
        """The user agrees: where the browser is sent back to."""
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.waiting[code] = query
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]})

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, Json]:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        query = self.waiting.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if query is None or query["code_challenge"] != challenge or query["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self._token(query["nonce"])}

    def jwks(self) -> Json:
        self.keys_asked += 1
        published = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.keys[self.key_id].public_key()))
        odd = {"kty": "EC", "crv": "P-999", "kid": "odd", "use": "sig"}
        return {"keys": [odd, {**published, "kid": self.key_id, "use": "sig", "alg": "RS256"}]}

    def _token(self, nonce: str) -> str:
        now = int(time.time())
        claims: Json = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "248289761001",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.claims,
        }
        key, key_id, algorithm = self.keys[self.key_id], self.key_id, "RS256"
        match self.lie:
            case "nonce":
                claims["nonce"] = "another"
            case "no nonce":
                del claims["nonce"]
            case "audience":
                claims["aud"] = "another"
            case "audiences":
                claims |= {"aud": [CLIENT_ID, "another"], "azp": "another"}
            case "issuer":
                claims["iss"] = "https://evil.example"
            case "expired":
                claims |= {"iat": now - 900, "exp": now - 600}
            case "not yet":
                claims |= {"iat": now + 900, "exp": now + 1200}
            case "old":
                claims |= {"iat": now - 3600}
            case "forged":
                key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            case "unknown key":
                key_id = "unheard of"
            case "alg none":
                return jwt.encode(claims, "", algorithm="none", headers={"kid": key_id})
            case "alg confusion":
                return _signed_with_the_public_key(claims, key, key_id)
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": key_id})


def _signed_with_the_public_key(claims: Json, key: rsa.RSAPrivateKey, key_id: str) -> str:
    """HS256 whose secret is what everybody knows. PyJWT itself refuses to make one, so it is made by hand."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "kid": key_id}, claims)
    ]
    signature = hmac.new(public, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


@contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    """Listens on this machine until it is left."""
    provider = OidcProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            match parts.path:
                case "/.well-known/openid-configuration":
                    self._answer(200, _discovery(provider.url))
                case "/jwks":
                    self._answer(200, provider.jwks())
                case "/authorise":
                    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                    self.send_response(302)
                    self.send_header("Location", provider.authorise(query))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case _:
                    self._answer(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.redeem(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, body: Json) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: the tests' output is their own."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


def _discovery(url: str) -> Json:
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorise",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
    }
