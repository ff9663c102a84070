"""What a person is handed by staff, each shown once: a sign-in code for their phone, a PIN, a QR code for the door."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.outcomes import person_problem
from adapters.http.problem_document import HttpProblem
from adapters.http.qr_code import qr_picture
from adapters.http.services import Services
from adapters.web.dashboard.people_one import known_person
from adapters.web.rendering import page, see_other
from application.credentials import CredentialIssued
from application.people import PersonNotFound
from application.sign_in import SIGN_IN_CODE_VALID_S

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
SecretKind = Literal["sign-in", "pin", "qr"]


@post("/people/{person_id:uuid}/sign-in-code/", opt=allowed_to("staff", "admin"), status_code=200)
async def issue_sign_in_code(
    request: AnyRequest, person_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    issued = await services.accounts.by_code.issue(person_id)
    if isinstance(issued, PersonNotFound):
        raise HttpProblem(person_problem(issued))
    link = f"{services.accounts.public_url}/me/#code={issued.code}"
    return await _shown_once(
        request, services, person_id, "sign-in", secret=issued.code, pictured=link, expires_at=issued.expires_at
    )


@post("/people/{person_id:uuid}/pin/", opt=allowed_to("staff", "admin"), status_code=200)
async def issue_pin(
    request: AnyRequest, person_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    issued = await services.sessions.issue_credential(person_id, "pin")
    if not isinstance(issued, CredentialIssued):
        raise HttpProblem(person_problem(issued))
    return await _shown_once(request, services, person_id, "pin", secret=issued.secret)


@post("/people/{person_id:uuid}/qr/", opt=allowed_to("staff", "admin"), status_code=200)
async def issue_qr(
    request: AnyRequest, person_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    issued = await services.sessions.issue_credential(person_id, "qr")
    if not isinstance(issued, CredentialIssued):
        raise HttpProblem(person_problem(issued))
    return await _shown_once(request, services, person_id, "qr", secret=issued.secret, pictured=issued.secret)


@post("/people/{person_id:uuid}/credentials/revoke/", opt=allowed_to("staff", "admin"))
async def revoke_credentials(person_id: FromPath[UUID], services: NamedDependency[Services]) -> Response[None]:
    if await services.sessions.revoke_credentials(person_id) is not None:
        raise HttpProblem(person_problem(PersonNotFound()))
    return see_other(f"/people/{person_id}/?done=revoked")


async def _shown_once(
    request: AnyRequest,
    services: Services,
    person_id: UUID,
    kind: SecretKind,
    *,
    secret: str,
    pictured: str | None = None,
    expires_at: datetime | None = None,
) -> Response[str]:
    """The answer of the form itself, so that it has no address, and no-one finds it in a history."""
    person = await known_person(services, person_id)
    return page(
        "secret.html",
        caller=caller_of(request),
        section="People",
        person=person,
        name=person.name.reveal(),
        kind=kind,
        secret=secret,
        picture=None if pictured is None else qr_picture(pictured),
        expires_at=expires_at,
        minutes=round(SIGN_IN_CODE_VALID_S / 60),
        address=f"{services.accounts.public_url}/me/",
        zone=services.zone,
    )
