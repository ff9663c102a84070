"""Signing in over the API: with a one-time code, with name and password, or by setting a first password."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.http.account_schemas import CodeSignIn, Means, NewPassword, PasswordSignIn, SignInCodeAnswer
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to, public
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.problems import ProblemCode
from adapters.http.qr_code import qr_svg
from adapters.http.rate_limits import address_of
from adapters.http.services import Services
from adapters.http.signing_in import Me, begin_sign_in, signed_in_with_new_password
from application.people import PersonNotFound

_PROBLEMS: tuple[ProblemCode, ...] = ("sign-in-refused", "too-many-attempts", "origin-refused", "not-ready")
_PATH_OF_THE_PROVIDER = "/sign-in/provider/"


class SignInController(Controller):
    path = "/api/sign-in"
    tags = ("signing in",)

    @get(operation_id="getSignInMeans", summary="How somebody can sign in on this server", opt=public())
    async def means(self, services: NamedDependency[Services]) -> Means:
        if services.accounts.provider is None:
            return Means(means=["code", "password"], provider=None)
        return Means(means=["code", "password", "provider"], provider=_PATH_OF_THE_PROVIDER)

    @post(
        "/code",
        status_code=200,
        operation_id="signInByCode",
        summary="A person signs in with a one-time code; the answer sets a cookie",
        opt=public(problems=_PROBLEMS, sets_cookie=True),
    )
    async def by_code(
        self, data: JSONBody[CodeSignIn], request: JsonRequest, services: NamedDependency[Services]
    ) -> Response[Me]:
        accounts = services.accounts
        accounts.origin.refuse_another(request)
        outcome = await accounts.by_code(data.code, address=address_of(request))
        me, headers = await begin_sign_in(request, accounts, "code", outcome)
        return Response(me, headers=headers)

    @post(
        "/password",
        status_code=200,
        operation_id="signInByPassword",
        summary="Staff, analysts and admins sign in by name and password; the answer sets a cookie",
        opt=public(problems=_PROBLEMS, sets_cookie=True),
    )
    async def by_password(
        self, data: JSONBody[PasswordSignIn], request: JsonRequest, services: NamedDependency[Services]
    ) -> Response[Me]:
        accounts = services.accounts
        accounts.origin.refuse_another(request)
        outcome = await accounts.by_password(data.name, data.password, address=address_of(request))
        me, headers = await begin_sign_in(request, accounts, "password", outcome)
        return Response(me, headers=headers)

    @post(
        "/set-password",
        status_code=200,
        operation_id="setPassword",
        summary="Set the password of an account with a one-time code, and sign in; the answer sets a cookie",
        opt=public(problems=(*_PROBLEMS, "password-too-weak", "contention"), sets_cookie=True),
    )
    async def set_password(
        self, data: JSONBody[NewPassword], request: JsonRequest, services: NamedDependency[Services]
    ) -> Response[Me]:
        accounts = services.accounts
        accounts.origin.refuse_another(request)
        changed = await accounts.set_password.with_code(data.code, data.password, address=address_of(request))
        me, headers = await begin_sign_in(request, accounts, "set_password", signed_in_with_new_password(changed))
        return Response(me, headers=headers)


class SignInCodeController(Controller):
    path = "/api/people"
    tags = ("signing in",)

    @post(
        "/{person_id:uuid}/sign-in-codes",
        operation_id="issueSignInCode",
        summary="A one-time code with which a person signs in, good for ten minutes; the one before ends",
        opt=allowed_to("staff", "admin", problems=("person-not-found",)),
    )
    async def issue(self, person_id: FromPath[UUID], services: NamedDependency[Services]) -> SignInCodeAnswer:
        issued = await services.accounts.by_code.issue(person_id)
        if isinstance(issued, PersonNotFound):
            raise HttpProblem(ProblemFacts(code="person-not-found"))
        link = f"{services.accounts.public_url}/me/#code={issued.code}"
        return SignInCodeAnswer(code=issued.code, link=link, qr_svg=qr_svg(link), expires_at=issued.expires_at)
