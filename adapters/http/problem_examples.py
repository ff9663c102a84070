"""An example of each problem: a row of the catalogue with the figures and words of one true occurrence."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.http.example_words import identifier
from adapters.http.operation import REFUSALS
from adapters.http.problem_document import FieldError, ProblemFacts, problem_document
from adapters.http.problems import CATALOGUE

_TRACE_ID = "3655e46df8c15f302bf0cddbb7110a27"
# Measured on drawn bursts, each spoilt in its own way: value, limit, unit.
_MEASURED: dict[str, tuple[float, float, str]] = {
    "face-cut-off": (0.66, 0.8, "of the face in frame"),
    "face-lost": (3, 4, "frames with the face"),
    "face-too-small": (49.9, 66, "px"),
    "frames-identical": (1, 6, "different frames"),
    "image-blurred": (3.2, 8, "variance of the Laplacian"),
    "image-dark": (16.6, 40, "of 255"),
    "image-overexposed": (0.62, 0.35, "of the face"),
    "photograph-of-another": (0.71, 0.6, "embedding distance"),
    "several-faces": (0.96, 0.6, "of the first face's height"),
}
_SAID: dict[str, ProblemFacts] = {
    facts.code: facts
    for facts in (
        ProblemFacts(
            code="request-malformed",
            detail="Object contains unknown field `userid`",
            errors=[FieldError(message="Object contains unknown field `userid`", pointer="/userid")],
        ),
        ProblemFacts(code="unauthenticated", detail="the token is not known, or was revoked"),
        ProblemFacts(code="forbidden", detail="the role analyst may not do this"),
        ProblemFacts(code="body-too-large", value=2_400_031, limit=2_004_096, unit="bytes"),
        ProblemFacts(code="head-too-large", limit=32_768, unit="bytes"),
        ProblemFacts(code="unsupported-media-type", detail="send Content-Type: application/json"),
        ProblemFacts(
            code="not-ready",
            detail="not ready: models",
            errors=[FieldError(message="is not ready", pointer="/models")],
        ),
        ProblemFacts(
            code="candidate-unknown",
            errors=[FieldError(message="nobody is registered under it", pointer="/user_ids/1")],
        ),
        ProblemFacts(code="session-over", detail="the session is closed"),
        ProblemFacts(
            code="session-impossible",
            detail="there is no time zone 'Europe/Atlantis'",
            errors=[FieldError(message="there is no time zone 'Europe/Atlantis'", pointer="/zone")],
        ),
        ProblemFacts(
            code="push-unusable",
            detail="it is not 16 bytes in base64url",
            errors=[FieldError(message="it is not 16 bytes in base64url", pointer="/keys/auth")],
        ),
        ProblemFacts(
            code="window-impossible",
            detail="it is before `until`, by 92 days at most",
            errors=[FieldError(message="it is before `until`, by 92 days at most", parameter="since")],
        ),
    )
}


def problem_example(code: str) -> dict[str, Any]:  # a tree of JSON
    """As a caller whose requests are in English reads it."""
    document = problem_document(_facts(code), language="en", trace_id=_TRACE_ID)
    example: dict[str, Any] = msgspec.to_builtins(document)
    if code in REFUSALS:
        example["checkin_id"] = identifier("checkin")
    return example


def _facts(code: str) -> ProblemFacts:
    kind = CATALOGUE[code]
    if code in _SAID:
        return _SAID[code]
    value, limit, unit = _MEASURED.get(code, (None, None, None))
    frame = 0 if code in REFUSALS else None
    return ProblemFacts(code=kind.code, value=value, limit=limit, unit=unit, frame=frame)
