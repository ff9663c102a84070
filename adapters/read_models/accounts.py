"""What every account is now, and what ends with a person: their sign-ins and codes."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from domain.account import (
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    AccountEvent,
    LastAdminKept,
    PasswordChanged,
    PasswordWithdrawn,
    RoleChanged,
    ends_sign_ins,
)
from domain.person import Erased

_CREATED = """
INSERT INTO account_state (id, role, route, disabled, epoch, created_at) VALUES (%s, %s, %s, false, 0, %s)
"""
_ROLE = "UPDATE account_state SET role = %s WHERE id = %s"
_DISABLED = "UPDATE account_state SET disabled = %s WHERE id = %s"
_EPOCH = "UPDATE account_state SET epoch = epoch + 1 WHERE id = %s"
ACCOUNT_EVENTS: tuple[type[AccountEvent], ...] = (
    AccountCreated,
    RoleChanged,
    LastAdminKept,
    PasswordChanged,
    PasswordWithdrawn,
    AccountDisabled,
    AccountEnabled,
)


class AccountsProjection:
    """Implements adapters.event_store.read_model.ReadModel."""

    name = "accounts"
    takes: tuple[type[Event], ...] = (*ACCOUNT_EVENTS, Erased)
    personal = False
    tables: tuple[str, ...] = ("account_state",)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        for one in page:
            match one.event:
                case AccountCreated(role=role, route=route, at=at):
                    cursor.execute(_CREATED, (one.stream, role, route, at))
                case RoleChanged(role=role):
                    cursor.execute(_ROLE, (role, one.stream))
                case AccountDisabled() | AccountEnabled():
                    cursor.execute(_DISABLED, (isinstance(one.event, AccountDisabled), one.stream))
                case Erased():
                    cursor.execute("DELETE FROM sign_in WHERE subject = %s", (one.stream,))
                    cursor.execute("DELETE FROM one_time_code WHERE subject = %s", (one.stream,))
                    cursor.execute("DELETE FROM sign_in_log WHERE subject = %s", (one.stream,))
                case _:
                    pass
            if isinstance(one.event, AccountEvent) and ends_sign_ins(one.event):
                cursor.execute(_EPOCH, (one.stream,))
