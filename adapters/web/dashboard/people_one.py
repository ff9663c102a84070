"""One person: what they agreed to, how they are recognised, how they sign in, and where they were."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.outcomes import person_problem
from adapters.http.problem_document import HttpProblem
from adapters.http.query_moments import query_moment
from adapters.http.services import Services
from adapters.web.rendering import page, see_other
from application.people import PersonNotFound, load_person
from domain.person import Person, Purpose

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
Done = Literal["registered", "given", "withdrawn", "revoked"]
_HISTORY = 12
DONE: dict[Done, str] = {
    "registered": "Registered. The next step is to enrol their face, or to hand out a PIN.",
    "given": "The consent is recorded.",
    "withdrawn": "The consent is withdrawn, and what was kept under it is deleted.",
    "revoked": "Their PIN and their QR code do not work any more.",
}
CONSENTS: dict[Purpose, tuple[str, str, str]] = {
    "face": (
        "Recognise the face",
        "Photographs become numbers, which are compared at the door. No photograph is kept.",
        "Every enrolled photograph of theirs is deleted at once, and cannot be brought back. "
        "They then check in by PIN, by QR code or with staff.",
    ),
    "emotion": (
        "Read the mood, anonymously",
        "A mood is read from the pictures at the door and counted with those of others. Nobody can see whose it was.",
        "From now on no mood is read from their pictures. What was counted before stays, as nobody knows whose it was.",
    ),
}


@get("/people/{person_id:uuid}/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def person_page(
    request: AnyRequest,
    person_id: FromPath[UUID],
    services: NamedDependency[Services],
    done: FromQuery[Done | None] = None,
    before: Annotated[str | None, QueryParameter(description="sessions that start before; else now")] = None,
) -> Response[str]:
    person = await known_person(services, person_id)
    moment = query_moment("before", before) or datetime.now(UTC)
    history = await services.attendance_history.of_person(person_id, before=moment, limit=_HISTORY + 1)
    return page(
        "person.html",
        caller=caller_of(request),
        section="People",
        person=person,
        name=person.name.reveal(),
        user_id=person.user_id.reveal(),
        zone=services.zone,
        notice=None if done is None else DONE[done],
        consents=CONSENTS,
        history=history[:_HISTORY],
        earlier=history[_HISTORY - 1].starts_at if len(history) > _HISTORY else None,
        first=before is None,
    )


@post(
    "/people/{person_id:uuid}/consents/{purpose:str}/give/", opt=allowed_to("staff", "admin"), include_in_schema=False
)
async def give_consent(
    person_id: FromPath[UUID], purpose: FromPath[Purpose], services: NamedDependency[Services]
) -> Response[None]:
    if isinstance(await services.change_consent.give(person_id, purpose), PersonNotFound):
        raise HttpProblem(person_problem(PersonNotFound()))
    return see_other(f"/people/{person_id}/?done=given")


@post(
    "/people/{person_id:uuid}/consents/{purpose:str}/withdraw/",
    opt=allowed_to("staff", "admin"),
    include_in_schema=False,
)
async def withdraw_consent(
    person_id: FromPath[UUID], purpose: FromPath[Purpose], services: NamedDependency[Services]
) -> Response[None]:
    if isinstance(await services.change_consent.withdraw(person_id, purpose), PersonNotFound):
        raise HttpProblem(person_problem(PersonNotFound()))
    return see_other(f"/people/{person_id}/?done=withdrawn")


async def known_person(services: Services, id: UUID) -> Person:
    """Raises HttpProblem where nobody is registered under it, or they were erased."""
    person = await load_person(services.store, id)
    if person is None or person.erased or person.name.reveal() is None:
        raise HttpProblem(person_problem(PersonNotFound()))
    return person
