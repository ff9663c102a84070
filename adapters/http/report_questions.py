"""What an attendance report is asked for, read from a query as both the contract and the page take it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.query_days import day_window, query_day
from adapters.http.services import Services
from application.ports import ReportBy, ReportQuestion

LONGEST = timedelta(days=400)
UNLESS_ASKED = timedelta(days=27)


def read_question(
    zone: str, *, by: ReportBy, first: str | None, last: str | None, group: str | None, person_id: UUID | None
) -> ReportQuestion:
    """Answers 400 where a day is none, and 422 where the window cannot be."""
    begin, end = day_window(
        query_day("from", first),
        query_day("to", last),
        today=datetime.now(ZoneInfo(zone)).date(),
        unless_asked=UNLESS_ASKED,
        longest=LONGEST,
    )
    return ReportQuestion(by=by, first=begin, last=end, zone=zone, group=group, person_id=person_id)


async def name_of(services: Services, person_id: UUID | None) -> str | None:
    """Of the person asked for, None where nobody was; answers 404 where there is no such person."""
    if person_id is None:
        return None
    name = await services.people.name(person_id)
    if name is None:
        raise HttpProblem(ProblemFacts(code="person-not-found"))
    return name
