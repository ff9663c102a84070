"""What one person may have done with their own data, and staff for them: consents changed, everything exported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.outcomes import person_problem
from adapters.http.own_data import only_oneself
from adapters.http.problem_document import HttpProblem
from adapters.http.problems import ProblemCode
from adapters.http.query_moments import DATE_TIME, query_moment
from adapters.http.services import Services
from application.change_consent import ConsentStands
from application.export_person import PersonExport
from application.people import PersonNotFound, load_person
from application.ports import AttendedSession, CheckInOutside
from domain.person import Purpose

_PAGE = 50
_PROBLEMS: tuple[ProblemCode, ...] = ("person-not-found", "contention")


class ConsentsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the person has agreed to now."""

    id: UUID
    consents: list[Purpose]


class AttendanceList(msgspec.Struct, frozen=True, kw_only=True):
    """The latest fifty of both together. `before`: what to ask with for those before them; null where that was all.

    `outside`: check-ins that count in no session.
    """

    sessions: list[AttendedSession]
    outside: list[CheckInOutside]
    before: datetime | None


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
        only_oneself(request, person_id)
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
        only_oneself(request, person_id)
        return _consents_answer(await services.change_consent.withdraw(person_id, purpose))

    @get(
        "/consents",
        operation_id="getConsents",
        summary="What the person has agreed to now",
        opt=allowed_to("staff", "admin", "person", problems=("person-not-found",)),
    )
    async def consents(
        self, person_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> ConsentsAnswer:
        only_oneself(request, person_id)
        person = await load_person(services.store, person_id)
        if person is None or person.erased:
            raise HttpProblem(person_problem(PersonNotFound()))
        return ConsentsAnswer(id=person_id, consents=sorted(person.consents))

    @get(
        "/attendance",
        operation_id="listAttendance",
        summary="The person's attendance, session by session, the latest first",
        opt=allowed_to("staff", "admin", "person", problems=("person-not-found",)),
    )
    async def attendance(
        self,
        person_id: FromPath[UUID],
        request: JsonRequest,
        services: NamedDependency[Services],
        before: Annotated[
            str | None, QueryParameter(description="sessions that start before; else now", schema_extra=DATE_TIME)
        ] = None,
    ) -> AttendanceList:
        only_oneself(request, person_id)
        moment = query_moment("before", before) or datetime.now(UTC)
        sessions = await services.attendance_history.of_person(person_id, before=moment, limit=_PAGE)
        outside = await services.attendance_history.outside(person_id, before=moment, limit=_PAGE)
        return _attendance_list(sessions, outside)

    @get(
        "/export",
        operation_id="exportPerson",
        summary="Everything that is held on a person",
        opt={**allowed_to("admin", "person", problems=("person-not-found",)), **AT_LENGTH},
    )
    async def export(
        self, person_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> PersonExport:
        only_oneself(request, person_id)
        outcome = await services.export_person(person_id)
        if isinstance(outcome, PersonNotFound):
            raise HttpProblem(person_problem(outcome))
        return outcome


def _attendance_list(sessions: Sequence[AttendedSession], outside: Sequence[CheckInOutside]) -> AttendanceList:
    """The latest of both."""
    moments = sorted([*(one.starts_at for one in sessions), *(one.moment for one in outside)], reverse=True)
    if len(moments) < _PAGE:
        return AttendanceList(sessions=list(sessions), outside=list(outside), before=None)
    earliest = moments[_PAGE - 1]
    return AttendanceList(
        sessions=[one for one in sessions if one.starts_at >= earliest],
        outside=[one for one in outside if one.moment >= earliest],
        before=earliest,
    )


def _consents_answer(outcome: ConsentStands | PersonNotFound) -> ConsentsAnswer:
    if isinstance(outcome, PersonNotFound):
        raise HttpProblem(person_problem(outcome))
    return ConsentsAnswer(id=outcome.person, consents=sorted(outcome.consents))
