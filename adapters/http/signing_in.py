"""What every way to sign in ends with: it is logged, a sign-in begins, and its cookie is set."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from adapters.accounts.sign_in_log import SignInRoute
from adapters.accounts.sign_ins import LIFETIMES
from adapters.http.access_tokens import Role
from adapters.http.account_services import AccountServices
from adapters.http.auth import Connection
from adapters.http.cookie_sessions import seconds_until
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.rate_limits import address_of
from application.set_password import CodeRefused, PasswordSet, PasswordTooWeak
from application.sign_in import SignedIn, SignInRefused
from domain.attempts import TooManyAttempts


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking. `expires_at`: when the sign-in ends unless it is used; null where a token was presented."""

    role: Role
    name: str
    subject: UUID
    expires_at: datetime | None


async def begin_sign_in(
    connection: Connection,
    services: AccountServices,
    route: SignInRoute,
    outcome: SignedIn | SignInRefused | TooManyAttempts,
) -> tuple[Me, dict[str, str]]:
    """Who signed in, and the headers of the answer. Raises HttpProblem where nobody did."""
    address = address_of(connection)
    match outcome:
        case SignedIn():
            made = await services.sign_ins.begin(outcome, replacing=services.cookie.read(connection))
            await services.log.add(route, "signed_in", address=address, role=outcome.role, subject=outcome.subject)
            me = Me(role=outcome.role, name=outcome.name, subject=outcome.subject, expires_at=made.expires_at)
            return me, services.cookie.set(made, LIFETIMES[outcome.role].longest.total_seconds())
        case SignInRefused():
            await services.log.add(route, "refused", address=address)
            raise HttpProblem(ProblemFacts(code="sign-in-refused"))
        case TooManyAttempts(retry_at=retry_at):
            await services.log.add(route, "too_many", address=address)
            raise HttpProblem(ProblemFacts(code="too-many-attempts", retry_after_s=seconds_until(retry_at)))
        case _:
            assert_never(outcome)


def signed_in_with_new_password(
    outcome: PasswordSet | CodeRefused | PasswordTooWeak | TooManyAttempts,
) -> SignedIn | SignInRefused | TooManyAttempts:
    """Raises HttpProblem where the password will not do."""
    match outcome:
        case PasswordSet(account=account, name=name):
            if account.disabled:
                return SignInRefused()
            return SignedIn(role=account.role, subject=account.id, name=name, epoch=account.epoch)
        case CodeRefused():
            return SignInRefused()
        case PasswordTooWeak(reason=reason):
            raise HttpProblem(ProblemFacts(code="password-too-weak", detail=reason))
        case TooManyAttempts():
            return outcome
        case _:
            assert_never(outcome)
