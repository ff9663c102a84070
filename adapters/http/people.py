"""The people endpoints: registering, enrolling photographs, listing and erasing."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.http.accept_language import preferred_language
from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auditing import changes_one
from adapters.http.json_request import JsonRequest
from adapters.http.operation import REFUSALS, allowed_to
from adapters.http.outcomes import person_problem, photograph_answer
from adapters.http.own_data import only_oneself
from adapters.http.people_schemas import (
    AcceptedPhotograph,
    ListedPerson,
    PeopleList,
    PhotographsAnswer,
    PhotographsRequest,
    RefusedPhotograph,
    RegisteredPerson,
    RegisterRequest,
)
from adapters.http.problem_document import HttpProblem
from adapters.http.services import Services
from application.enrol_photographs import Photograph
from application.erase_person import ErasureReceipt
from application.people import PersonNotFound
from application.register_person import UserIdTaken
from domain.person import ConsentMissing

_REGISTRATION_BODY_BYTES = 16_384
_PHOTOGRAPHS_BODY_BYTES = 40_000_000


class PeopleController(Controller):
    path = "/api/people"
    tags = ("people",)

    @post(
        operation_id="registerPerson",
        summary="Register a person and what they have agreed to",
        opt={**allowed_to("staff", "admin", problems=("user-id-taken", "contention", "not-ready")), **changes_one()},
        request_max_body_size=_REGISTRATION_BODY_BYTES,
    )
    async def register(
        self, data: JSONBody[RegisterRequest], services: NamedDependency[Services]
    ) -> Response[RegisteredPerson]:
        outcome = await services.register_person(user_id=data.user_id, name=data.name, consents=data.consents)
        if isinstance(outcome, UserIdTaken):
            raise HttpProblem(person_problem(outcome))
        answer = RegisteredPerson(
            id=outcome.person, user_id=data.user_id, name=data.name, consents=sorted(set(data.consents))
        )
        return Response(answer, status_code=201)

    @get(
        operation_id="listPeople",
        summary="Everybody who is registered",
        opt=allowed_to("staff", "admin", problems=("not-ready",)),
    )
    async def registered(self, services: NamedDependency[Services]) -> PeopleList:
        return PeopleList(
            people=[
                ListedPerson(id=person.id, user_id=person.user_id, name=person.name, templates=person.templates)
                for person in await services.people.all()
            ]
        )

    @post(
        "/{person_id:uuid}/photographs",
        status_code=200,
        operation_id="enrolPhotographs",
        summary="Enrol photographs of a person: each is accepted or refused by name",
        opt={
            **allowed_to(
                "staff",
                "admin",
                problems=("person-not-found", "consent-missing", "overloaded", "contention", "not-ready"),
                inside=(*REFUSALS, "photograph-of-another", "face-already-enrolled"),
            ),
            **AT_LENGTH,
        },
        request_max_body_size=_PHOTOGRAPHS_BODY_BYTES,
    )
    async def enrol(
        self,
        person_id: FromPath[UUID],
        data: JSONBody[PhotographsRequest],
        request: JsonRequest,
        services: NamedDependency[Services],
    ) -> PhotographsAnswer:
        photographs = [Photograph(upload.name, upload.image) for upload in data.photographs]
        outcomes = await services.enrol_photographs(person_id, photographs)
        if isinstance(outcomes, PersonNotFound | ConsentMissing):
            raise HttpProblem(person_problem(outcomes))
        language = preferred_language(request.headers.get("accept-language"))
        answers = [photograph_answer(outcome, language=language) for outcome in outcomes]
        return PhotographsAnswer(
            accepted=[answer for answer in answers if isinstance(answer, AcceptedPhotograph)],
            refused=[answer for answer in answers if isinstance(answer, RefusedPhotograph)],
        )

    @delete(
        "/{person_id:uuid}",
        status_code=200,
        operation_id="erasePerson",
        summary="Erase a person: their templates, their name and the key to every event about them",
        opt=allowed_to("admin", "person", problems=("person-not-found", "contention", "not-ready")),
    )
    async def erase(
        self, person_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> ErasureReceipt:
        only_oneself(request, person_id)
        outcome = await services.erase_person(person_id)
        if isinstance(outcome, PersonNotFound):
            raise HttpProblem(person_problem(outcome))
        return outcome
