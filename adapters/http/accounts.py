"""Managing the accounts of staff, analysts and admins: who there is, what they may do, and how they get in."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.http.account_schemas import (
    AccountList,
    AccountRequest,
    AccountState,
    ListedAccount,
    PasswordCodeAnswer,
    RoleRequest,
)
from adapters.http.auditing import tells_itself
from adapters.http.auth import caller_of
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from application.manage_accounts import AccountNotFound, LastAdmin, NameTaken, PasswordCode, PasswordElsewhere
from domain.account import Account


class AccountController(Controller):
    path = "/api/accounts"
    tags = ("accounts",)

    @get(operation_id="listAccounts", summary="Every account, the disabled ones too", opt=allowed_to("admin"))
    async def listed(self, services: NamedDependency[Services]) -> AccountList:
        return AccountList(
            accounts=[
                ListedAccount(
                    id=one.id,
                    name=one.name,
                    role=one.role,
                    route=one.route,
                    disabled=one.disabled,
                    has_password=one.has_password,
                    created_at=one.created_at,
                )
                for one in await services.accounts.accounts.all()
            ]
        )

    @post(
        operation_id="createAccount",
        summary="Create an account; with the code that is answered its holder sets the password",
        opt={**allowed_to("admin", problems=("account-name-taken", "contention")), **tells_itself()},
    )
    async def create(
        self, data: JSONBody[AccountRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> Response[PasswordCodeAnswer]:
        manage = services.accounts.manage
        created = await manage.create(data.name, data.role, by=caller_of(request).subject)
        if isinstance(created, NameTaken):
            raise HttpProblem(ProblemFacts(code="account-name-taken"))
        return Response(_code_answer(services, await manage.invite(created)), status_code=201)

    @put(
        "/{account_id:uuid}/role",
        operation_id="changeRole",
        summary="Give an account another role; whoever is signed in to it is not any more",
        opt={**allowed_to("admin", problems=("account-not-found", "last-admin", "contention")), **tells_itself()},
    )
    async def change_role(
        self,
        account_id: FromPath[UUID],
        data: JSONBody[RoleRequest],
        request: JsonRequest,
        services: NamedDependency[Services],
    ) -> AccountState:
        by = caller_of(request).subject
        return _state(await services.accounts.manage.change_role(account_id, data.role, by=by))

    @put(
        "/{account_id:uuid}/disabled",
        operation_id="disableAccount",
        summary="Nobody signs in to the account, and whoever is signed in is not any more",
        opt={**allowed_to("admin", problems=("account-not-found", "last-admin", "contention")), **tells_itself()},
    )
    async def disable(
        self, account_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> AccountState:
        return _state(await services.accounts.manage.disable(account_id, by=caller_of(request).subject))

    @delete(
        "/{account_id:uuid}/disabled",
        status_code=200,
        operation_id="enableAccount",
        summary="The account can be signed in to again",
        opt={**allowed_to("admin", problems=("account-not-found", "contention")), **tells_itself()},
    )
    async def enable(
        self, account_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> AccountState:
        return _state(await services.accounts.manage.enable(account_id, by=caller_of(request).subject))

    @post(
        "/{account_id:uuid}/password-reset",
        operation_id="resetPassword",
        summary="End the account's password, and answer a code with which its holder sets a new one",
        opt={
            **allowed_to("admin", problems=("account-not-found", "password-elsewhere", "contention")),
            **tells_itself(),
        },
    )
    async def reset(
        self, account_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> PasswordCodeAnswer:
        by = caller_of(request).subject
        return _code_answer(services, await services.accounts.manage.reset_password(account_id, by=by))


def _code_answer(services: Services, outcome: PasswordCode | AccountNotFound | PasswordElsewhere) -> PasswordCodeAnswer:
    match outcome:
        case AccountNotFound():
            raise HttpProblem(ProblemFacts(code="account-not-found"))
        case PasswordElsewhere():
            raise HttpProblem(ProblemFacts(code="password-elsewhere"))
        case PasswordCode(account=account, code=code, expires_at=expires_at):
            link = f"{services.accounts.public_url}/set-password/#code={code}"
            return PasswordCodeAnswer(id=account, code=code, link=link, expires_at=expires_at)


def _state(outcome: Account | AccountNotFound | LastAdmin) -> AccountState:
    match outcome:
        case AccountNotFound():
            raise HttpProblem(ProblemFacts(code="account-not-found"))
        case LastAdmin():
            raise HttpProblem(ProblemFacts(code="last-admin"))
        case Account(id=id, role=role, disabled=disabled):
            return AccountState(id=id, role=role, disabled=disabled)
