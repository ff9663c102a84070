"""Days in a query, and the window between two of them, both included."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts

DATE = {"format": "date"}


def query_day(parameter: str, given: str | None) -> date | None:
    """Answers 400 where it is no day."""
    if given is None:
        return None
    try:
        return msgspec.convert(given, date, strict=True)
    except msgspec.ValidationError:
        message = "it is a day, such as 2026-11-02"
        wrong = FieldError(message=message, parameter=parameter)
        raise HttpProblem(ProblemFacts(code="request-malformed", detail=message, errors=[wrong])) from None


def day_window(
    first: date | None, last: date | None, *, today: date, unless_asked: timedelta, longest: timedelta
) -> tuple[date, date]:
    """`from` and `to`: the latter `today` if none, the former so long before it. Answers 422 where they cannot be."""
    end = last or today
    begin = first or max(end, date.min + unless_asked) - unless_asked
    if timedelta(0) <= end - begin <= longest:
        return begin, end
    message = f"`from` must not be after `to`, nor more than {longest.days} days before it"
    wrong = FieldError(message=message, parameter="from")
    raise HttpProblem(ProblemFacts(code="window-impossible", detail=message, errors=[wrong]))
