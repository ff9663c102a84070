"""What one person may have done with their own data, and staff for them: consents changed, everything exported."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Controller, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.http.auth import caller_of
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.outcomes import person_problem
from adapters.http.problem_document import HttpProblem
from adapters.http.problems import ProblemCode
from adapters.http.services import Services
from application.change_consent import ConsentStands
from application.export_person import PersonExport
from application.people import PersonNotFound
from domain.person import Purpose

_PROBLEMS: tuple[ProblemCode, ...] = ("person-not-found", "contention")


class ConsentsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the person has agreed to now."""

    id: UUID
    consents: list[Purpose]


class PersonalDataController(Controller):
    path = "/api/people/{person_id:uuid}"
    tags = ("people",)

    @put(
        "/consents/{purpose:str}",
        operation_id="giveConsent",
        summary="The person agrees to a purpose, in the words of the text that is in force",
        opt=allowed_to("staff", "admin", "person", problems=_PROBLEMS),
    )
    async def give(
        self,
        person_id: FromPath[UUID],
        purpose: FromPath[Purpose],
        request: JsonRequest,
        services: NamedDependency[Services],
    ) -> ConsentsAnswer:
        _only_oneself(request, person_id)
        return _consents_answer(await services.change_consent.give(person_id, purpose))

    @delete(
        "/consents/{purpose:str}",
        status_code=200,
        operation_id="withdrawConsent",
        summary="The person agrees to a purpose no more; without the face consent every template of theirs is purged",
        opt=allowed_to("staff", "admin", "person", problems=_PROBLEMS),
    )
    async def withdraw(
        self,
        person_id: FromPath[UUID],
        purpose: FromPath[Purpose],
        request: JsonRequest,
        services: NamedDependency[Services],
    ) -> ConsentsAnswer:
        _only_oneself(request, person_id)
        return _consents_answer(await services.change_consent.withdraw(person_id, purpose))

    @get(
        "/export",
        operation_id="exportPerson",
        summary="Everything that is held on a person",
        opt=allowed_to("admin", "person", problems=("person-not-found",)),
    )
    async def export(
        self, person_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> PersonExport:
        _only_oneself(request, person_id)
        outcome = await services.export_person(person_id)
        if isinstance(outcome, PersonNotFound):
            raise HttpProblem(person_problem(outcome))
        return outcome


def _only_oneself(request: JsonRequest, person: UUID) -> None:
    """Anybody else does not exist for a person: who is registered is not theirs to know."""
    caller = caller_of(request)
    if caller.role == "person" and caller.subject != person:
        raise HttpProblem(person_problem(PersonNotFound()))


def _consents_answer(outcome: ConsentStands | PersonNotFound) -> ConsentsAnswer:
    if isinstance(outcome, PersonNotFound):
        raise HttpProblem(person_problem(outcome))
    return ConsentsAnswer(id=outcome.person, consents=sorted(outcome.consents))
