"""Who asks, by the signature of the request: a station that was paired by its key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

from litestar.enums import ScopeType
from litestar.types import HTTPScope

from adapters.http.access_tokens import Caller
from adapters.http.auth import Authenticator, Connection
from adapters.http.body_digest import promise_digest
from adapters.http.nonces import Nonces
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.signature import RequestLine, RequestSignature, SignatureMalformed, read_signature
from application.stations import FindSigner

CLOCKS_DIFFER_AT_MOST_S = 300
# A signature is accepted this long before and after its time, and the processes' own clocks may differ.
_KEEP_NONCE = timedelta(seconds=2 * CLOCKS_DIFFER_AT_MOST_S + 60)


def by_signature(find: FindSigner, nonces: Nonces) -> Authenticator:
    async def authenticate(connection: Connection) -> Caller | None:
        if connection.scope["type"] != ScopeType.HTTP:
            return None
        if "signature-input" not in connection.headers and "signature" not in connection.headers:
            return None
        signature = signature_of(connection)
        signer = await find(signature.key_id)
        if signer is None:
            raise _invalid("the key is not known, or is no longer accepted")
        await accept_signature(connection, signature, signer.key.raw, nonces)
        return Caller(role="station", name=signer.name, subject=signer.station)

    return authenticate


def signature_of(connection: Connection) -> RequestSignature:
    """What the request claims, verified by nobody yet. Raises `signature-invalid`."""
    scope = cast(HTTPScope, connection.scope)  # only HTTP requests are signed
    line = RequestLine(scope["method"], scope["raw_path"], scope["query_string"])
    try:
        return read_signature(
            line,
            signature_input=_header(connection, "signature-input"),
            signature=_header(connection, "signature"),
            content_digest=_header(connection, "content-digest"),
        )
    except SignatureMalformed as error:
        raise _invalid(str(error)) from None


async def accept_signature(
    connection: Connection, signature: RequestSignature, public_key: bytes, nonces: Nonces
) -> None:
    """Once, while it is fresh, from the key's holder; the body is held against its digest when it is read.

    Raises `signature-invalid`, `signature-stale`, `signature-replayed`.
    """
    if not signature.is_by(public_key):
        raise _invalid("the signature does not fit the key and the request")
    offset_s = signature.created_s - datetime.now(UTC).timestamp()
    if abs(offset_s) > CLOCKS_DIFFER_AT_MOST_S:
        raise HttpProblem(
            ProblemFacts(
                code="signature-stale",
                detail="take the time of the Date header and sign again",
                value=round(offset_s, 3),
                limit=float(CLOCKS_DIFFER_AT_MOST_S),
                unit="s",
            )
        )
    if not await nonces.take(signature.key_id, signature.nonce, keep=_KEEP_NONCE):
        raise HttpProblem(ProblemFacts(code="signature-replayed", detail="this nonce was used before"))
    promise_digest(connection.scope, signature.body_sha256)


def _header(connection: Connection, name: str) -> str:
    values = connection.headers.getall(name, [])
    if len(values) != 1:
        raise SignatureMalformed(f"there must be one header {name.title()}, and there are {len(values)}")
    return values[0].strip()


def _invalid(detail: str) -> HttpProblem:
    return HttpProblem(ProblemFacts(code="signature-invalid", detail=detail))
