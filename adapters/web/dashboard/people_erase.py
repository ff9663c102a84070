"""Erasing a person: a page that says exactly what happens, and the receipt."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.outcomes import person_problem
from adapters.http.problem_document import HttpProblem
from adapters.http.services import Services
from adapters.web.dashboard.people_one import known_person
from adapters.web.forms import read_form
from adapters.web.rendering import page
from application.erase_person import Destroyed
from application.people import PersonNotFound
from domain.person import ErasureReason

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody

_REASONS: dict[ErasureReason, str] = {
    "requested": "It was asked for",
    "retention": "They were not seen for as long as people are kept",
}
_DESTROYED: dict[Destroyed, str] = {
    "key": "The key to everything recorded",
    "name": "Their name",
    "user_id": "Their user id",
    "templates": "Their enrolled face",
    "credentials": "Their PIN and QR code",
    "tokens": "Their sign-ins",
}


class EraseForm(msgspec.Struct, frozen=True, kw_only=True):
    """`sure` is there where its box is ticked."""

    sure: Literal["yes"] | None = None


@get("/people/{person_id:uuid}/erase/", opt=allowed_to("admin"), include_in_schema=False)
async def erase_page(
    request: AnyRequest, person_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    return await _page(request, services, person_id)


@post("/people/{person_id:uuid}/erase/", opt=allowed_to("admin"), status_code=200, include_in_schema=False)
async def erase_person(
    request: AnyRequest, person_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    form = await read_form(request, EraseForm)
    if form.sure is None:
        return await _page(request, services, person_id, wrong="Tick the box first.", status_code=422)
    receipt = await services.erase_person(person_id)
    if isinstance(receipt, PersonNotFound):
        raise HttpProblem(person_problem(receipt))
    return page(
        "erased.html",
        caller=caller_of(request),
        section="People",
        receipt=receipt,
        receipt_json=msgspec.json.format(msgspec.json.encode(receipt)).decode(),
        reason=_REASONS[receipt.reason],
        destroyed=[words for what, words in _DESTROYED.items() if what in receipt.destroyed],
        zone=services.zone,
    )


async def _page(
    request: AnyRequest, services: Services, person_id: UUID, *, wrong: str | None = None, status_code: int = 200
) -> Response[str]:
    person = await known_person(services, person_id)
    return page(
        "erase.html",
        caller=caller_of(request),
        section="People",
        status_code=status_code,
        person=person,
        name=person.name.reveal(),
        user_id=person.user_id.reveal(),
        wrong=wrong,
    )
