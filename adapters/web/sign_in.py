"""Signing in by plain HTML forms: what a browser without JavaScript sends, answered by a redirect or by the form."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency

from adapters.accounts.sign_in_log import SignInRoute
from adapters.http.account_schemas import AccountName, Code, Password
from adapters.http.auditing import tells_itself
from adapters.http.operation import allowed_to, public
from adapters.http.problem_document import HttpProblem
from adapters.http.rate_limits import address_of
from adapters.http.services import Services
from adapters.http.signing_in import begin_sign_in, signed_in_with_new_password
from adapters.web.forms import read_form, typed_fields
from adapters.web.navigation import start_of
from adapters.web.rendering import see_other
from adapters.web.sign_in_refused import SIGN_IN_FORMS, refused_as, refused_page
from application.sign_in import SignedIn, SignInRefused
from domain.attempts import TooManyAttempts

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody


class _Hidden(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`next`: a path of ours to go on to."""

    next: str = ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


class CodeForm(_Hidden, frozen=True, kw_only=True, tag_field="by", tag="code"):
    code: Code


class PasswordForm(_Hidden, frozen=True, kw_only=True, tag_field="by", tag="password"):
    name: AccountName
    password: Password


class NewPasswordForm(_Hidden, frozen=True, kw_only=True):
    code: Code
    password: Password


SignInForm = CodeForm | PasswordForm


@post("/sign-in/", opt=public(), include_in_schema=False)
async def sign_in(request: AnyRequest, services: NamedDependency[Services]) -> Response[None] | Response[str]:
    """The hidden field `by` says which form it is."""
    services.accounts.origin.refuse_another(request)
    typed = dict(await typed_fields(request))
    form = SIGN_IN_FORMS.get(typed.get("by", ""), "code")
    try:
        return await _sign_in(request, services)
    except HttpProblem as problem:
        refused = refused_as(form, problem.facts)
        if refused is None:
            raise
        return refused_page(
            request,
            "sign_in.html",
            problem.facts,
            refused,
            next=own_path(typed.get("next", "")) or "",
            name=typed.get("name", ""),
            provider=services.accounts.provider is not None,
        )


async def _sign_in(request: AnyRequest, services: Services) -> Response[None]:
    accounts, address = services.accounts, address_of(request)
    form: CodeForm | PasswordForm = await read_form(request, SignInForm)  # type: ignore[arg-type]  # a union of structs
    route: SignInRoute
    outcome: SignedIn | SignInRefused | TooManyAttempts
    match form:
        case CodeForm(code=code):
            route, outcome = "code", await accounts.by_code(code, address=address)
        case PasswordForm(name=name, password=password):
            route, outcome = "password", await accounts.by_password(name, password, address=address)
    return await _signed_in(request, services, route, outcome, form.next)


@post("/set-password/", opt=public(), include_in_schema=False)
async def set_password(request: AnyRequest, services: NamedDependency[Services]) -> Response[None] | Response[str]:
    services.accounts.origin.refuse_another(request)
    typed = dict(await typed_fields(request))
    try:
        return await _set_password(request, services)
    except HttpProblem as problem:
        refused = refused_as("set_password", problem.facts)
        if refused is None:
            raise
        # A password that will not do leaves the code as good as it was, and nobody has it in the address any more.
        code = typed.get("code", "") if "password" in refused.fields else ""
        return refused_page(request, "set_password.html", problem.facts, refused, code=code)


async def _set_password(request: AnyRequest, services: Services) -> Response[None]:
    form = await read_form(request, NewPasswordForm)
    changed = await services.accounts.set_password.with_code(form.code, form.password, address=address_of(request))
    return await _signed_in(request, services, "set_password", signed_in_with_new_password(changed), form.next)


@post(
    "/sign-out/",
    opt={**allowed_to("person", "staff", "analyst", "admin"), **tells_itself()},
    include_in_schema=False,
)
async def sign_out(request: AnyRequest, services: NamedDependency[Services]) -> Response[None]:
    cookie = services.accounts.cookie
    value = cookie.read(request)
    if value is not None:
        await services.accounts.sign_ins.end(value)
    return _redirect("/sign-in/", cookie.clear())


async def _signed_in(
    request: AnyRequest,
    services: Services,
    route: SignInRoute,
    outcome: SignedIn | SignInRefused | TooManyAttempts,
    wanted: str,
) -> Response[None]:
    me, headers = await begin_sign_in(request, services.accounts, route, outcome)
    return _redirect(own_path(wanted) or start_of(me.role), headers)


def own_path(wanted: str) -> str | None:
    """A path on this server; None for whatever a browser could take as another's address."""
    parts = urlsplit(wanted)
    own = wanted.startswith("/") and not parts.scheme and not parts.netloc and "\\" not in wanted
    return wanted if own and wanted.isprintable() and not wanted.startswith("//") else None


def _redirect(path: str, headers: dict[str, str]) -> Response[None]:
    answer = see_other(path)
    answer.headers.update(headers)
    return answer
