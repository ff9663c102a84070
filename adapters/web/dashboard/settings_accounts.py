"""The accounts as pages: who there is, creating one, and changing its role, its password and its end."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from adapters.http.account_schemas import AccountRequest, RoleRequest
from adapters.http.auditing import tells_itself
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from adapters.web.dashboard.notices import Notice, done, refused
from adapters.web.dashboard.settings import AnyRequest, question, settings_page, shown_once, typed
from adapters.web.rendering import see_other
from application.manage_accounts import AccountNotFound, LastAdmin, NameTaken, PasswordCode, PasswordElsewhere
from application.ports import AccountSummary
from domain.account import Account, AccountRole

_DONE = {
    "role": "Saved. Whoever was signed in to it has to sign in again.",
    "disabled": "Disabled. Whoever was signed in is not any more.",
    "enabled": "Enabled. The account can be signed in to again.",
}
ROLES: dict[AccountRole, str] = {
    "staff": "Staff: attendance, people, review",
    "analyst": "Analyst: figures without names",
    "admin": "Administrator: everything, these settings too",
}
Said = Annotated[str, QueryParameter(name="done", max_length=20)]
_OPT = {**allowed_to("admin"), **tells_itself()}


@get("/settings/accounts/", opt=allowed_to("admin"), include_in_schema=False)
async def accounts_page(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    return await _list_page(request, services, None, {})


@post("/settings/accounts/", opt=_OPT, include_in_schema=False, status_code=200)
async def create(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    form, fields, notice = await typed(request, AccountRequest)
    if form is None:
        return await _list_page(request, services, notice, fields)
    created = await services.accounts.manage.create(form.name, form.role, by=caller_of(request).subject)
    if isinstance(created, NameTaken):
        return await _list_page(request, services, refused(ProblemFacts(code="account-name-taken")), fields)
    return _code_page(request, services, form.name, await services.accounts.manage.invite(created))


@get("/settings/accounts/{account_id:uuid}/", opt=allowed_to("admin"), include_in_schema=False)
async def account_page(
    request: AnyRequest, account_id: FromPath[UUID], services: NamedDependency[Services], said: Said = ""
) -> Response[str]:
    account = await _known(services, account_id)
    return _one_page(request, services, account, done(said, _DONE))


@post("/settings/accounts/{account_id:uuid}/role/", opt=_OPT, include_in_schema=False)
async def change_role(
    request: AnyRequest, account_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str] | Response[None]:
    form, _, notice = await typed(request, RoleRequest)
    if form is None:
        return _one_page(request, services, await _known(services, account_id), notice)
    by = caller_of(request).subject
    changed = await services.accounts.manage.change_role(account_id, form.role, by=by)
    if isinstance(changed, LastAdmin):
        return await _last_admin(request, services, account_id)
    return _told(changed, "role")


@get("/settings/accounts/{account_id:uuid}/disable/", opt=allowed_to("admin"), include_in_schema=False)
async def ask_to_disable(
    request: AnyRequest, account_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    account = await _known(services, account_id)
    own = ["It is the account that you are signed in to: this ends here too."] if _own(request, account) else []
    return question(
        request,
        services,
        "Accounts",
        title=f"Disable {account.name}?",
        what_happens=[
            *own,
            "Nobody signs in to it, and whoever is signed in is not any more.",
            "What they did stays in the audit. The account can be enabled again.",
        ],
        action=f"/settings/accounts/{account_id}/disable/",
        button="Disable",
        back=f"/settings/accounts/{account_id}/",
    )


@post("/settings/accounts/{account_id:uuid}/disable/", opt=_OPT, include_in_schema=False)
async def disable(
    request: AnyRequest, account_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str] | Response[None]:
    disabled = await services.accounts.manage.disable(account_id, by=caller_of(request).subject)
    if isinstance(disabled, LastAdmin):
        return await _last_admin(request, services, account_id)
    return _told(disabled, "disabled")


@post("/settings/accounts/{account_id:uuid}/enable/", opt=_OPT, include_in_schema=False)
async def enable(
    request: AnyRequest, account_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[None]:
    return _told(await services.accounts.manage.enable(account_id, by=caller_of(request).subject), "enabled")


@get("/settings/accounts/{account_id:uuid}/reset/", opt=allowed_to("admin"), include_in_schema=False)
async def ask_to_reset(
    request: AnyRequest, account_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    account = await _known(services, account_id)
    own = ["It is the account that you are signed in to: this ends here too."] if _own(request, account) else []
    return question(
        request,
        services,
        "Accounts",
        title=f"Reset the password of {account.name}?",
        what_happens=[
            *own,
            "The password ends now, and whoever is signed in is not any more.",
            "You are shown a code, once, with which a new password is set.",
        ],
        action=f"/settings/accounts/{account_id}/reset/",
        button="Reset",
        back=f"/settings/accounts/{account_id}/",
    )


@post("/settings/accounts/{account_id:uuid}/reset/", opt=_OPT, include_in_schema=False, status_code=200)
async def reset(request: AnyRequest, account_id: FromPath[UUID], services: NamedDependency[Services]) -> Response[str]:
    account = await _known(services, account_id)
    by = caller_of(request).subject
    return _code_page(request, services, account.name, await services.accounts.manage.reset_password(account_id, by=by))


def _code_page(
    request: AnyRequest, services: Services, name: str, outcome: PasswordCode | AccountNotFound | PasswordElsewhere
) -> Response[str]:
    match outcome:
        case AccountNotFound():
            raise HttpProblem(ProblemFacts(code="account-not-found"))
        case PasswordElsewhere():
            raise HttpProblem(ProblemFacts(code="password-elsewhere"))
        case PasswordCode(code=code, expires_at=expires_at):
            return shown_once(
                request,
                services,
                "Accounts",
                title=f"Code for {name}",
                secret=code,
                words=[
                    f"{name} scans it, or types the code at {services.accounts.public_url}/set-password/, "
                    "sets a password there, and is signed in by that."
                ],
                back="/settings/accounts/",
                link=f"{services.accounts.public_url}/set-password/#code={code}",
                expires_at=expires_at,
            )


def _told(outcome: Account | AccountNotFound, word: str) -> Response[None]:
    if isinstance(outcome, AccountNotFound):
        raise HttpProblem(ProblemFacts(code="account-not-found"))
    return see_other(f"/settings/accounts/{outcome.id}/?done={word}")


async def _last_admin(request: AnyRequest, services: Services, account_id: UUID) -> Response[str]:
    """The page of the account again, as it stays, with the reason above its forms."""
    reason = "make somebody else an administrator who has set a password, and then do this"
    notice = refused(ProblemFacts(code="last-admin", detail=reason))
    return _one_page(request, services, await _known(services, account_id), notice)


async def _list_page(
    request: AnyRequest, services: Services, notice: Notice | None, fields: dict[str, str]
) -> Response[str]:
    known = sorted(await services.accounts.accounts.all(), key=lambda one: (one.disabled, one.name.casefold()))
    return settings_page(
        "settings_accounts.html",
        request,
        services,
        "Accounts",
        notice=notice,
        accounts=known,
        typed=fields,
        roles=ROLES,
    )


def _one_page(request: AnyRequest, services: Services, account: AccountSummary, notice: Notice | None) -> Response[str]:
    return settings_page(
        "settings_account.html",
        request,
        services,
        "Accounts",
        notice=notice,
        account=account,
        own=_own(request, account),
        roles=ROLES,
    )


def _own(request: AnyRequest, account: AccountSummary) -> bool:
    return account.id == caller_of(request).subject


async def _known(services: Services, account_id: UUID) -> AccountSummary:
    found = next((one for one in await services.accounts.accounts.all() if one.id == account_id), None)
    if found is None:
        raise HttpProblem(ProblemFacts(code="account-not-found"))
    return found
