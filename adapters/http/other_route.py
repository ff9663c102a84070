"""Checking in at a station without a face, what it takes to do so, and how far a station has delivered."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from litestar import Controller, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.http.auth import station_of
from adapters.http.fields import in_utc
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.problems import ProblemCode
from adapters.http.services import Services
from adapters.http.session_answers import checked_in_answer, route_problem
from adapters.http.session_schemas import CheckedInAnswer, CodeRequest, CredentialAnswer, PinRequest, ProgressRequest
from application.credentials import CredentialIssued, CredentialKind
from application.other_route import CheckedIn, CodeCommand, PinCommand, StationOutcome

_REFUSED: tuple[ProblemCode, ...] = ("credential-refused", "burst-id-reused", "contention")


class OtherRouteController(Controller):
    path = "/api/checkin"
    tags = ("check-in",)

    @post(
        "/pin",
        status_code=200,
        operation_id="checkInByPin",
        summary="Check in with a PIN instead of a face",
        opt=allowed_to("station", problems=(*_REFUSED, "too-many-attempts")),
    )
    async def by_pin(
        self, data: JSONBody[PinRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> CheckedInAnswer:
        command = PinCommand(
            station_id=station_of(request),
            request_id=data.request_id,
            user_id=data.user_id,
            pin=data.pin,
            captured_at=in_utc(data.captured_at),
        )
        return _answer(await services.sessions.other_route.by_pin(command))

    @post(
        "/code",
        status_code=200,
        operation_id="checkInByCode",
        summary="Check in with a QR code instead of a face",
        opt=allowed_to("station", problems=_REFUSED),
    )
    async def by_code(
        self, data: JSONBody[CodeRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> CheckedInAnswer:
        command = CodeCommand(
            station_id=station_of(request),
            request_id=data.request_id,
            code=data.code,
            captured_at=in_utc(data.captured_at),
        )
        return _answer(await services.sessions.other_route.by_code(command))


class StationProgressController(Controller):
    path = "/api/stations"
    tags = ("stations",)

    @post(
        "/progress",
        status_code=204,
        operation_id="reportProgress",
        summary="Say through when everything is delivered: nobody is absent before every station has said so",
        opt=allowed_to("station", problems=("contention",)),
    )
    async def progress(
        self, data: JSONBody[ProgressRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> None:
        through = in_utc(data.through)
        assert through is not None
        await services.sessions.report_progress(station_of(request), through)


class CredentialController(Controller):
    path = "/api/people"
    tags = ("people",)

    @post(
        "/{person_id:uuid}/pin",
        operation_id="issuePin",
        summary="Make a PIN for a person, and end the one before",
        opt=allowed_to("staff", "admin", problems=("person-not-found",)),
    )
    async def pin(self, person_id: FromPath[UUID], services: NamedDependency[Services]) -> CredentialAnswer:
        return await _issue(services, person_id, "pin")

    @post(
        "/{person_id:uuid}/code",
        operation_id="issueCode",
        summary="Make the text of a QR code for a person, and end the one before",
        opt=allowed_to("staff", "admin", problems=("person-not-found",)),
    )
    async def code(self, person_id: FromPath[UUID], services: NamedDependency[Services]) -> CredentialAnswer:
        return await _issue(services, person_id, "qr")

    @delete(
        "/{person_id:uuid}/credentials",
        operation_id="revokeCredentials",
        summary="End a person's PIN and code",
        opt=allowed_to("staff", "admin", problems=("person-not-found",)),
    )
    async def revoke(self, person_id: FromPath[UUID], services: NamedDependency[Services]) -> None:
        if await services.sessions.revoke_credentials(person_id) is not None:
            raise HttpProblem(ProblemFacts(code="person-not-found"))


async def _issue(services: Services, person: UUID, kind: CredentialKind) -> CredentialAnswer:
    outcome = await services.sessions.issue_credential(person, kind)
    if not isinstance(outcome, CredentialIssued):
        raise HttpProblem(ProblemFacts(code="person-not-found"))
    return CredentialAnswer(secret=outcome.secret)


def _answer(outcome: StationOutcome) -> CheckedInAnswer:
    if not isinstance(outcome, CheckedIn):
        raise HttpProblem(route_problem(outcome, datetime.now(UTC)))
    return checked_in_answer(outcome)
