"""One person's attendance over a term, session by session."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.report_questions import name_of, read_question
from adapters.http.services import Services
from adapters.read_models.attendance_reports import day_bounds
from adapters.reports.attendance_table import RATE_NOTE
from adapters.web.dashboard.reports import file_links, query_of
from adapters.web.rendering import page

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_MOST_SESSIONS = 2000


@get("/reports/person/{person_id:uuid}/", opt={**allowed_to("staff", "admin"), **AT_LENGTH}, include_in_schema=False)
async def report_of_person(
    request: AnyRequest,
    services: NamedDependency[Services],
    person_id: FromPath[UUID],
    first: Annotated[str | None, QueryParameter(name="from")] = None,
    last: Annotated[str | None, QueryParameter(name="to")] = None,
) -> Response[str]:
    question = read_question(
        services.zone, by="session", first=first or None, last=last or None, group=None, person_id=person_id
    )
    name = await name_of(services, person_id)
    report = await services.attendance_reports.report(question)
    start, _ = day_bounds(question.first, question.zone)
    _, end = day_bounds(question.last, question.zone)
    latest = await services.attendance_history.of_person(person_id, before=end, limit=_MOST_SESSIONS)
    return page(
        "report_of_person.html",
        caller=caller_of(request),
        section="Reports",
        zone=services.zone,
        name=name,
        person_id=person_id,
        report=report,
        attended=[one for one in latest if one.starts_at >= start],
        note=RATE_NOTE,
        files=file_links(query_of(question)),
        query=query_of(question),
    )
