"""What may be told of emotions: anonymous, of groups that are over, and never of fewer than ten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, assert_never

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.operation import allowed_to
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts
from adapters.http.services import Services
from application.emotion_report import EmotionOff, EmotionReport

_LONGEST = timedelta(days=92)
_UNLESS_ASKED = timedelta(days=7)
_EARLIEST = datetime(1970, 1, 8, tzinfo=UTC)


class EmotionController(Controller):
    path = "/api/emotion"
    tags = ("emotion",)

    @get(
        operation_id="getEmotions",
        summary="How many emotions were read in each session, and their mean; cohorts below ten are suppressed",
        opt=allowed_to("staff", "analyst", "admin", problems=("emotion-off",)),
    )
    async def told(
        self,
        services: NamedDependency[Services],
        since: Annotated[
            datetime | None, QueryParameter(description="groups that ended from then on; a week before `until` if none")
        ] = None,
        until: Annotated[datetime | None, QueryParameter(description="and before then; now if none")] = None,
    ) -> EmotionReport:
        end = _moment("until", until) or datetime.now(UTC)
        start = _moment("since", since) or max(end, _EARLIEST) - _UNLESS_ASKED
        if not timedelta(0) <= end - start <= _LONGEST:
            raise _malformed("since", f"it is before `until`, by {_LONGEST.days} days at most")
        outcome = await services.report_emotions(start, end)
        match outcome:
            case EmotionReport():
                return outcome
            case EmotionOff():
                raise HttpProblem(ProblemFacts(code="emotion-off"))
            case _:
                assert_never(outcome)


def _moment(parameter: str, given: datetime | None) -> datetime | None:
    if given is None:
        return None
    try:
        if given.tzinfo is not None:
            return given.astimezone(UTC)
    except OverflowError:
        pass
    raise _malformed(parameter, "it is a moment with an offset, such as 2026-11-22T08:00:00Z")


def _malformed(parameter: str, message: str) -> HttpProblem:
    wrong = FieldError(message=message, parameter=parameter)
    return HttpProblem(ProblemFacts(code="request-malformed", detail=message, errors=[wrong]))
