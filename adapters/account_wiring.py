"""Joins accounts, signing in, limits and the audit over an open record."""

from __future__ import annotations

from adapters.accounts.account_table import PostgresAccounts
from adapters.accounts.attempt_counts import PostgresAttemptCounts
from adapters.accounts.one_time_codes import PostgresOneTimeCodes
from adapters.accounts.passwords import ArgonPasswords
from adapters.accounts.provider import Provider
from adapters.accounts.sign_in_log import SignInLog
from adapters.accounts.sign_ins import SignIns
from adapters.clock import SystemClock
from adapters.http.account_services import AccountServices
from adapters.http.cookie_sessions import SignInCookie
from adapters.http.origin import OwnOrigin
from adapters.http.rate_limits import RateLimits
from adapters.read_models.audit import PostgresAudit
from adapters.record import Record
from adapters.settings import Settings
from application.manage_accounts import ManageAccounts
from application.ports import Clock
from application.set_password import SetPassword
from application.sign_in import SignInByCode, SignInByPassword, SignInByProvider

PROVIDER_CALLBACK = "/sign-in/provider/callback/"


def join_accounts(settings: Settings, record: Record, clock: Clock | None = None) -> AccountServices:
    """For the running event loop."""
    clock = clock or SystemClock()
    database, store, projections = record.database, record.store, record.projections
    accounts, passwords = PostgresAccounts(database), ArgonPasswords()
    codes, attempts = PostgresOneTimeCodes(database), PostgresAttemptCounts(database)
    provider = None
    if settings.provider is not None:
        provider = Provider(settings.provider, database, redirect_uri=settings.public_base_url + PROVIDER_CALLBACK)
    return AccountServices(
        public_url=settings.public_base_url,
        accounts=accounts,
        manage=ManageAccounts(store=store, accounts=accounts, codes=codes, projections=projections, clock=clock),
        set_password=SetPassword(
            store=store,
            accounts=accounts,
            passwords=passwords,
            codes=codes,
            attempts=attempts,
            projections=projections,
            clock=clock,
        ),
        by_password=SignInByPassword(
            store=store, accounts=accounts, passwords=passwords, attempts=attempts, clock=clock
        ),
        by_code=SignInByCode(store=store, people=record.people, codes=codes, attempts=attempts, clock=clock),
        by_provider=SignInByProvider(store=store, accounts=accounts, projections=projections, clock=clock),
        provider=provider,
        sign_ins=SignIns(database),
        log=SignInLog(database),
        audit=PostgresAudit(database),
        cookie=SignInCookie(settings.public_url),
        origin=OwnOrigin(settings.public_url),
        limits=RateLimits() if settings.rate_limits == "on" else None,
        record_action=store.append,
        clock=clock,
    )
