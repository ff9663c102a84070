"""How large the head of a request may be, and what it has to say: judged before anything else looks at it."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.http.problem_document import ProblemFacts

MOST_HEAD_BYTES = 32 * 1024
MOST_TARGET_BYTES = 8 * 1024
_MOST_HEADERS = 100
_NO_HOST = ProblemFacts(code="request-malformed", detail="a request names one Host")


def head_fault(
    target: bytes, headers: Sequence[tuple[bytes, bytes]], head_bytes: int, http_version: str
) -> ProblemFacts | None:
    """Of a head that is whole. `head_bytes`: of all of its headers, those among them that were not kept."""
    if len(target) > MOST_TARGET_BYTES:
        return _too_large(MOST_TARGET_BYTES, "bytes of the target")
    if head_bytes > MOST_HEAD_BYTES:
        return endless_head()
    if len(headers) > _MOST_HEADERS:
        return _too_large(_MOST_HEADERS, "headers")
    hosts = sum(1 for name, _ in headers if name == b"host")
    return _NO_HOST if hosts > 1 or (hosts == 0 and http_version == "1.1") else None


def endless_head() -> ProblemFacts:
    """Of what has grown beyond any head, whether it ends or not."""
    return _too_large(MOST_HEAD_BYTES, "bytes")


def _too_large(limit: int, unit: str) -> ProblemFacts:
    return ProblemFacts(code="head-too-large", limit=float(limit), unit=unit)
