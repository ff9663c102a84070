"""Signing in at an OpenID Connect provider: the way there, and the way back."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from adapters.accounts.provider import VISIT, Provider, ProviderUnavailable, VisitRefused
from adapters.http.account_services import AccountServices
from adapters.http.operation import public
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.rate_limits import address_of
from adapters.http.services import Services
from adapters.http.signing_in import begin_sign_in
from adapters.web.navigation import start_of
from adapters.web.rendering import see_other

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_RETRY_AFTER_S = 5.0
_LONGEST = 2048
_ON = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Signed in · FaceCheckIn</title>
<meta http-equiv="refresh" content="0;url={path}"></head><body><p><a href="{path}">Go on</a></p></body></html>
"""


@get("/sign-in/provider/", opt=public(), include_in_schema=False)
async def to_the_provider(services: NamedDependency[Services]) -> Response[None]:
    try:
        url, state = await _provider(services.accounts).begin()
    except ProviderUnavailable as error:
        raise _unavailable(error) from None
    answer = see_other(url)
    answer.headers["Set-Cookie"] = _visit_cookie(services.accounts, state, int(VISIT.total_seconds()))
    return answer


@get("/sign-in/provider/callback/", opt=public(), include_in_schema=False)
async def from_the_provider(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    """Answers a page that goes on by itself: a redirect would still be the provider's, and carry no strict cookie."""
    accounts = services.accounts
    code, state = (request.query_params.get(name, "")[:_LONGEST] for name in ("code", "state"))
    provider, browsers_state = _provider(accounts), request.cookies.get(_visit_name(accounts))
    if not code or not state:
        await _log_refusal(accounts, request)
        raise HttpProblem(ProblemFacts(code="sign-in-refused", detail="the provider sent nobody back"))
    try:
        word = await provider.end(code=code, state=state, browsers_state=browsers_state)
    except VisitRefused as refused:
        await _log_refusal(accounts, request)
        raise HttpProblem(ProblemFacts(code="sign-in-refused", detail=str(refused))) from None
    except ProviderUnavailable as error:
        raise _unavailable(error) from None
    me, headers = await begin_sign_in(request, accounts, "provider", await accounts.by_provider(word))
    page = _ON.format(path=start_of(me.role))
    return Response(page, media_type="text/html", headers={**headers, "Cache-Control": "no-store"})


def _provider(accounts: AccountServices) -> Provider:
    if accounts.provider is None:
        raise HttpProblem(ProblemFacts(code="not-found", detail="no OpenID Connect provider is set"))
    return accounts.provider


def _visit_cookie(accounts: AccountServices, state: str, seconds: int) -> str:
    """Lax and not Strict: the provider's redirect back is another site's navigation, and has to carry it."""
    secure = "; Secure" if accounts.cookie.secure else ""
    return f"{_visit_name(accounts)}={state}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"


def _visit_name(accounts: AccountServices) -> str:
    return f"{accounts.cookie.name}-visit"


async def _log_refusal(accounts: AccountServices, request: AnyRequest) -> None:
    await accounts.log.add("provider", "refused", address=address_of(request))


def _unavailable(error: ProviderUnavailable) -> HttpProblem:
    return HttpProblem(ProblemFacts(code="not-ready", detail=str(error), retry_after_s=_RETRY_AFTER_S))
