"""What may be told of emotions: anonymous, of groups that are over, and never of fewer than ten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, assert_never

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.query_moments import DATE_TIME, moved, query_moment, window
from adapters.http.services import Services
from application.emotion_report import EmotionOff, EmotionReport

LONGEST = timedelta(days=92)
_UNLESS_ASKED = timedelta(days=7)


class EmotionController(Controller):
    path = "/api/emotion"
    tags = ("emotion",)

    @get(
        operation_id="getEmotions",
        summary="How many emotions were read in each session, and their mean; cohorts below ten are suppressed",
        opt=allowed_to("staff", "analyst", "admin", problems=("emotion-off", "window-impossible")),
    )
    async def told(
        self,
        services: NamedDependency[Services],
        since: Annotated[
            str | None,
            QueryParameter(
                description="groups that ended from then on; a week before `until` if none", schema_extra=DATE_TIME
            ),
        ] = None,
        until: Annotated[
            str | None, QueryParameter(description="and before then; now if none", schema_extra=DATE_TIME)
        ] = None,
    ) -> EmotionReport:
        end = query_moment("until", until) or datetime.now(UTC)
        start = query_moment("since", since) or moved(end, -_UNLESS_ASKED)
        window(("since", start), ("until", end), longest=LONGEST)
        outcome = await services.report_emotions(start, end)
        match outcome:
            case EmotionReport():
                return outcome
            case EmotionOff():
                raise HttpProblem(ProblemFacts(code="emotion-off"))
            case _:
                assert_never(outcome)
