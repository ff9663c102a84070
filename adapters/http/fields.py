"""The types of the contract's fields: what is let in, and how it is described."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts
from adapters.visible_text import VISIBLE_TEXT

# `$` alone would let a trailing newline through.
_BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?!\n)$"
Jpeg = Annotated[
    bytes,
    Meta(
        description="a JPEG file, in base64", extra_json_schema={"contentMediaType": "image/jpeg", "pattern": _BASE64}
    ),
]
BurstFrames = Annotated[list[Jpeg], Meta(min_length=6, max_length=6, description="the six frames of the burst")]
BurstId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9._:-]+(?!\n)$",
        description="names the burst at this station: the same burst sent again is answered as it was the first time",
    ),
]
UserId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=VISIBLE_TEXT,
        description="what the organisation calls this person",
    ),
]
PersonName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=VISIBLE_TEXT,
        description="what the station says",
    ),
]
CapturedAt = Annotated[datetime, Meta(tz=True, description="the station's clock when the primary frame was taken")]
Share = Annotated[float, Meta(ge=0, le=1)]


def in_utc(captured_at: datetime | None) -> datetime | None:
    """`captured_at` in UTC; a moment before the year 1 or after 9999 is refused."""
    if captured_at is None:
        return None
    try:
        return captured_at.astimezone(UTC)
    except OverflowError:
        wrong = FieldError(message="there is no such moment in UTC", pointer="/captured_at")
        raise HttpProblem(ProblemFacts(code="request-malformed", detail=wrong.message, errors=[wrong])) from None
