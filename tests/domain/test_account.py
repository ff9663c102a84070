"""Accounts: what may be changed of them, and what ends every sign-in."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain import account as accounts
from domain.account import (
    Account,
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    AccountEvent,
    AccountExists,
    LastAdminKept,
    PasswordChanged,
    PasswordWithdrawn,
    RoleChanged,
    weakness,
)

AT = datetime(2026, 11, 2, tzinfo=UTC)
ID, ADMIN = UUID(int=1), UUID(int=2)
CREATED = AccountCreated(at=AT, by=None, role="staff", route="password")


def account(*events: AccountEvent) -> Account:
    found = accounts.replay(ID, [CREATED, *events])
    assert found is not None
    return found


def test_an_account_is_created_once() -> None:
    assert accounts.create(None, "staff", "password", by=None, at=AT) == [CREATED]
    assert accounts.create(account(), "staff", "password", by=None, at=AT) == AccountExists()


def test_what_changes_nothing_is_not_recorded() -> None:
    assert accounts.change_role(account(), "staff", by=ADMIN, at=AT) == []
    assert accounts.enable(account(), by=ADMIN, at=AT) == []
    assert accounts.disable(account(AccountDisabled(at=AT, by=ADMIN)), by=ADMIN, at=AT) == []


def test_a_change_says_who_made_it() -> None:
    assert accounts.change_role(account(), "admin", by=ADMIN, at=AT) == [RoleChanged(at=AT, by=ADMIN, role="admin")]
    assert accounts.disable(account(), by=ADMIN, at=AT) == [AccountDisabled(at=AT, by=ADMIN)]
    disabled = account(AccountDisabled(at=AT, by=ADMIN))
    assert accounts.enable(disabled, by=ADMIN, at=AT) == [AccountEnabled(at=AT, by=ADMIN)]


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        (RoleChanged(at=AT, by=ADMIN, role="admin"), True),
        (LastAdminKept(at=AT, by=None, role="staff"), False),
        (PasswordChanged(at=AT, by=ADMIN), True),
        (PasswordWithdrawn(at=AT, by=ADMIN), True),
        (AccountDisabled(at=AT, by=ADMIN), True),
        (AccountEnabled(at=AT, by=ADMIN), False),
    ],
)
def test_an_epoch_ends_where_whoever_is_signed_in_must_not_be_any_more(event: AccountEvent, ends: bool) -> None:
    before, after = account(), account(event)
    assert (after.version, after.epoch) == (before.version + 1, before.epoch + ends)


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("elevenchars", "11 characters"),
        ("abababababab", "2 different"),
        ("Ada is the password", "name of the account"),
        ("x" * 250 + "abcdefg", "257 characters"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, wrong: str) -> None:
    reason = weakness(password, "ada")
    assert reason is not None
    assert wrong in reason


def test_a_long_password_of_any_letters_will_do() -> None:
    assert weakness("пароль подлиннее", "ada") is None
