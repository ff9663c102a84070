"""Enrolling a person's face with photographs: from files by a plain form, from a camera by enrol.js."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.http.accept_language import preferred_language
from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.outcomes import person_problem, photograph_answer
from adapters.http.people_schemas import AcceptedPhotograph, RefusedPhotograph
from adapters.http.problem_document import HttpProblem
from adapters.http.services import Services
from adapters.web.dashboard.people_one import known_person
from adapters.web.file_forms import read_file_form
from adapters.web.rendering import page
from application.enrol_photographs import Photograph
from application.people import PersonNotFound
from domain.person import ConsentMissing

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
MOST_PHOTOGRAPHS = 10
_BODY_BYTES = 30_000_000


@get("/people/{person_id:uuid}/photographs/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def enrol_page(
    request: AnyRequest, person_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    return await _page(request, services, person_id)


@post(
    "/people/{person_id:uuid}/photographs/",
    opt={**allowed_to("staff", "admin"), **AT_LENGTH},
    status_code=200,
    request_max_body_size=_BODY_BYTES,
    include_in_schema=False,
)
async def enrol_files(
    request: AnyRequest, person_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    """A reload sends the same again, which is safe: a photograph that is enrolled is accepted as what it became."""
    await known_person(services, person_id)
    sent = (await read_file_form(request, most_parts=MOST_PHOTOGRAPHS)).files
    if not sent:
        return await _page(request, services, person_id, wrong="No photograph was chosen.", status_code=422)
    photographs = [Photograph(file.name, file.content) for file in sent]
    outcomes = await services.enrol_photographs(person_id, photographs)
    if isinstance(outcomes, PersonNotFound | ConsentMissing):
        raise HttpProblem(person_problem(outcomes))
    language = preferred_language(request.headers.get("accept-language"))
    answers = [photograph_answer(outcome, language=language) for outcome in outcomes]
    return await _page(request, services, person_id, answers=answers)


async def _page(
    request: AnyRequest,
    services: Services,
    person_id: UUID,
    *,
    answers: Sequence[AcceptedPhotograph | RefusedPhotograph] = (),
    wrong: str | None = None,
    status_code: int = 200,
) -> Response[str]:
    person = await known_person(services, person_id)
    return page(
        "enrol.html",
        caller=caller_of(request),
        section="People",
        status_code=status_code,
        person=person,
        name=person.name.reveal(),
        answers=[(one, isinstance(one, AcceptedPhotograph)) for one in answers],
        wrong=wrong,
        most=MOST_PHOTOGRAPHS,
    )
