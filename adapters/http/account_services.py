"""What the controllers of sign-ins, accounts and the audit call; adapters/account_wiring.py fills it."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.accounts.provider import Provider
from adapters.accounts.sign_in_log import SignInLog
from adapters.accounts.sign_ins import SignIns
from adapters.http.auditing import Append
from adapters.http.cookie_sessions import SignInCookie
from adapters.http.origin import OwnOrigin
from adapters.http.rate_limits import RateLimits
from adapters.read_models.audit import PostgresAudit
from application.manage_accounts import ManageAccounts
from application.ports import Accounts, Clock
from application.set_password import SetPassword
from application.sign_in import SignInByCode, SignInByPassword, SignInByProvider


@dataclass(frozen=True, kw_only=True)
class AccountServices:
    """`public_url` leads browsers here, without a slash at its end. `limits` is None where nobody is slowed down."""

    public_url: str
    accounts: Accounts
    manage: ManageAccounts
    set_password: SetPassword
    by_password: SignInByPassword
    by_code: SignInByCode
    by_provider: SignInByProvider
    provider: Provider | None
    sign_ins: SignIns
    log: SignInLog
    audit: PostgresAudit
    cookie: SignInCookie
    origin: OwnOrigin
    limits: RateLimits | None
    record_action: Append
    clock: Clock
