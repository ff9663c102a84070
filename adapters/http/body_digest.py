"""The digest that a signed request promises of its body, held against the body once it is read (RFC 9530)."""

from __future__ import annotations

import hashlib
from hmac import compare_digest

from litestar.types import Scope

from adapters.http.problem_document import HttpProblem, ProblemFacts

_PROMISED = "promised_body_sha256"


def promise_digest(scope: Scope, body_sha256: bytes) -> None:
    scope["state"][_PROMISED] = body_sha256


def check_digest(scope: Scope, body: bytes) -> None:
    """Raises `signature-invalid` where another body came than the one that was signed."""
    promised: bytes | None = scope["state"].get(_PROMISED)
    if promised is not None and not compare_digest(hashlib.sha256(body).digest(), promised):
        raise HttpProblem(ProblemFacts(code="signature-invalid", detail="the body is not the one that was signed"))
