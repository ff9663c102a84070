"""What goes in and out where people sign in and accounts are managed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.accounts.sign_in_log import LoggedSignIn
from adapters.read_models.audit import AuditEntry
from adapters.visible_text import VISIBLE_TEXT
from domain.account import AccountRole, AccountRoute

AccountName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=VISIBLE_TEXT,
        description="what the account is signed in to with; case does not matter",
    ),
]
Password = Annotated[str, Meta(min_length=1, max_length=1024)]
Code = Annotated[str, Meta(min_length=1, max_length=128, description="spaces, hyphens and case do not matter")]


def _hidden(self: object) -> str:
    """The repr of what holds a secret, so that none reaches a log."""
    return f"{type(self).__name__}(***)"


class CodeSignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Code

    __repr__ = _hidden


class PasswordSignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: AccountName
    password: Password

    __repr__ = _hidden


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Code
    password: Password

    __repr__ = _hidden


class SignInCodeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Shown this once. `link` holds the code behind its `#`, so that no server and no log sees it."""

    code: str
    link: str
    qr_svg: Annotated[str, Meta(description="`link` as a QR code: an SVG document")]
    expires_at: datetime

    __repr__ = _hidden


class AccountRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: AccountName
    role: AccountRole


class RoleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: AccountRole


class PasswordCodeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """With `code` a password is set, once. `link` holds it behind its `#`."""

    id: UUID
    code: str
    link: str
    expires_at: datetime

    __repr__ = _hidden


class AccountState(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    role: AccountRole
    disabled: bool


class ListedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """`route`: by a password kept here, or by the OpenID Connect provider's word."""

    id: UUID
    name: str
    role: AccountRole
    route: AccountRoute
    disabled: bool
    has_password: bool
    created_at: datetime


class AccountList(msgspec.Struct, frozen=True, kw_only=True):
    accounts: list[ListedAccount]


class MySignIn(msgspec.Struct, frozen=True, kw_only=True):
    """`current`: the one that asks."""

    id: UUID
    started_at: datetime
    expires_at: datetime
    current: bool


class MySignIns(msgspec.Struct, frozen=True, kw_only=True):
    sign_ins: list[MySignIn]


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. `before`: what to ask with for the next page; null where there is none."""

    entries: list[AuditEntry]
    before: int | None


class SignInPage(msgspec.Struct, frozen=True, kw_only=True):
    """As AuditPage."""

    entries: list[LoggedSignIn]
    before: int | None


SignInMeans = Literal["code", "password", "provider"]


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody can sign in on this server. `provider` is the path that begins it there."""

    means: list[SignInMeans]
    provider: str | None
