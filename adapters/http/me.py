"""Who am I, and where am I signed in: for every caller about themselves."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.http.access_tokens import ROLES, Role
from adapters.http.account_schemas import MySignIn, MySignIns
from adapters.http.auditing import tells_itself
from adapters.http.auth import caller_of
from adapters.http.cookie_sessions import standing_of
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from adapters.http.signing_in import Me

_BROWSERS: tuple[Role, ...] = ("person", "staff", "analyst", "admin")


class MeController(Controller):
    path = "/api/me"
    tags = ("signing in",)

    @get(operation_id="getMe", summary="Who is asking", opt=allowed_to(*ROLES))
    async def me(self, request: JsonRequest) -> Me:
        caller, standing = caller_of(request), standing_of(request)
        expires_at = None if standing is None else standing.expires_at
        return Me(role=caller.role, name=caller.name, subject=caller.subject, expires_at=expires_at)

    @get(
        "/sign-ins",
        operation_id="listMySignIns",
        summary="The browsers in which I am signed in",
        opt=allowed_to(*_BROWSERS),
    )
    async def sign_ins(self, request: JsonRequest, services: NamedDependency[Services]) -> MySignIns:
        standing = standing_of(request)
        current = None if standing is None else standing.id
        found = await services.accounts.sign_ins.of(caller_of(request).subject)
        return MySignIns(
            sign_ins=[
                MySignIn(id=one.id, started_at=one.started_at, expires_at=one.expires_at, current=one.id == current)
                for one in found
            ]
        )

    @delete(
        "/sign-ins",
        operation_id="endMySignIns",
        summary="Sign out everywhere",
        opt={**allowed_to(*_BROWSERS, sets_cookie=True), **tells_itself()},
    )
    async def end_all(self, request: JsonRequest, services: NamedDependency[Services]) -> Response[None]:
        await services.accounts.sign_ins.end_all(caller_of(request).subject)
        if services.push is not None:
            await services.push.subscriptions.remove_all(caller_of(request).subject)
        return Response(None, status_code=204, headers=services.accounts.cookie.clear())

    @delete(
        "/sign-ins/{sign_in_id:uuid}",
        operation_id="endMySignIn",
        summary="Sign out of one browser",
        opt={**allowed_to(*_BROWSERS), **tells_itself()},
    )
    async def end_one(
        self, sign_in_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> None:
        if not await services.accounts.sign_ins.end_one(caller_of(request).subject, sign_in_id):
            raise HttpProblem(ProblemFacts(code="not-found", detail="there is no such sign-in of yours"))

    @post(
        "/sign-out",
        status_code=204,
        operation_id="signOut",
        summary="Sign out of this browser",
        opt={**allowed_to(*_BROWSERS, sets_cookie=True), **tells_itself()},
    )
    async def sign_out(self, request: JsonRequest, services: NamedDependency[Services]) -> Response[None]:
        value = services.accounts.cookie.read(request)
        if value is not None:
            await services.accounts.sign_ins.end(value)
        return Response(None, status_code=204, headers=services.accounts.cookie.clear())
