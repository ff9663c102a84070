"""Moments in a query, and the window of time between two of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts

# Litestar would also take a number for a moment.
DATE_TIME = {"format": "date-time"}
_EXAMPLE = "2026-11-02T08:00:00Z"


def query_moment(parameter: str, given: str | None) -> datetime | None:
    """In UTC. Answers 400 where it is no moment with an offset, and 422 where it is none that UTC can tell."""
    if given is None:
        return None
    message = f"it is a moment with an offset, such as {_EXAMPLE}"
    try:
        moment = msgspec.convert(given, datetime, strict=True)
    except msgspec.ValidationError:
        raise _problem("request-malformed", parameter, message) from None
    if moment.tzinfo is None:
        raise _problem("request-malformed", parameter, message)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise _problem("window-impossible", parameter, "there is no such moment in UTC") from None


def window(since: tuple[str, datetime], until: tuple[str, datetime], *, longest: timedelta) -> None:
    """Answers 422 unless the first moment is before the second, by `longest` at most; each comes with its name."""
    if not timedelta(0) <= until[1] - since[1] <= longest:
        message = f"it is before `{until[0]}`, by {longest.days} days at most"
        raise _problem("window-impossible", since[0], message)


def moved(moment: datetime, by: timedelta) -> datetime:
    """As far as there are years."""
    try:
        return moment + by
    except OverflowError:
        return (datetime.max if by > timedelta(0) else datetime.min).replace(tzinfo=UTC)


def _problem(code: Literal["request-malformed", "window-impossible"], parameter: str, message: str) -> HttpProblem:
    wrong = FieldError(message=message, parameter=parameter)
    return HttpProblem(ProblemFacts(code=code, detail=message, errors=[wrong]))
