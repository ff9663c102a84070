"""A problem as it is answered: a row of the catalogue with the facts of one occurrence (RFC 9457)."""

from __future__ import annotations

import math
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.problems import CATALOGUE, FixedBy, ProblemCode, Retry
from adapters.http.sentences import Language

MEDIA_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong: at a JSON Pointer into the body, or in a path or query parameter."""

    message: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`application/problem+json`. What could not be said of this occurrence is left out."""

    type: Annotated[str, Meta(description="URI reference of the catalogue's entry; it resolves on this server")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    code: ProblemCode
    retry: Retry
    fixed_by: FixedBy
    sentence: Annotated[str, Meta(description="for the person at the door, in the language of Accept-Language")]
    detail: str | None = None
    instance: Annotated[str | None, Meta(description="the path that was asked")] = None
    value: Annotated[float | None, Meta(description="what was measured, in `unit`")] = None
    limit: Annotated[float | None, Meta(description="what was asked for, in `unit`")] = None
    unit: str | None = None
    frame: Annotated[int, Meta(description="index of the frame, from 0", ge=0)] | None = None
    checkin_id: UUID | None = None
    trace_id: Annotated[str | None, Meta(description="W3C trace id, as in the traceparent header")] = None
    errors: list[FieldError] | None = None


class ProblemFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What one occurrence adds to its row of the catalogue. `retry_after_s` goes into the Retry-After header."""

    code: ProblemCode
    detail: str | None = None
    value: float | None = None
    limit: float | None = None
    unit: str | None = None
    frame: int | None = None
    checkin_id: UUID | None = None
    errors: list[FieldError] | None = None
    retry_after_s: float | None = None

    @property
    def headers(self) -> dict[str, str]:
        if self.retry_after_s is None:
            return {}
        return {"Retry-After": str(max(1, math.ceil(self.retry_after_s)))}


class HttpProblem(Exception):
    """Raised by a controller to answer a problem document."""

    def __init__(self, facts: ProblemFacts) -> None:
        super().__init__(facts.code)
        self.facts = facts


def problem_document(
    facts: ProblemFacts, *, language: Language, instance: str | None = None, trace_id: str | None = None
) -> Problem:
    kind = CATALOGUE[facts.code]
    return Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        code=kind.code,
        retry=kind.retry,
        fixed_by=kind.fixed_by,
        sentence=kind.sentence.in_language(language),
        detail=facts.detail,
        instance=instance,
        value=facts.value,
        limit=facts.limit,
        unit=facts.unit,
        frame=facts.frame,
        checkin_id=facts.checkin_id,
        trace_id=trace_id,
        errors=facts.errors,
    )


def problem_headers(facts: ProblemFacts, language: Language) -> dict[str, str]:
    """Beside those that every answer has."""
    return {
        "Content-Language": language,
        "Vary": "Accept-Language",
        **({"WWW-Authenticate": "Bearer"} if CATALOGUE[facts.code].status == 401 else {}),
        **facts.headers,
    }
