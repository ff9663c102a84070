"""Events of accounts and of the audit, to store and to read back."""

from __future__ import annotations

from uuid import UUID

from adapters.event_store.topics import Event
from domain.account import (
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    LastAdminKept,
    PasswordChanged,
    PasswordWithdrawn,
    RoleChanged,
)
from domain.audit import ActionRecorded
from tests.event_store.samples import AT


def one_of_each(actor: UUID, changed: UUID) -> list[Event]:
    return [
        AccountCreated(at=AT, by=None, role="admin", route="password"),
        RoleChanged(at=AT, by=actor, role="staff"),
        LastAdminKept(at=AT, by=None, role="staff"),
        PasswordChanged(at=AT, by=actor),
        PasswordWithdrawn(at=AT, by=actor),
        AccountDisabled(at=AT, by=actor),
        AccountEnabled(at=AT, by=actor),
        ActionRecorded(
            at=AT,
            by=actor,
            role="staff",
            action="changeRoster",
            object=changed,
            trace_id="0af7651916cd43dd8448eb211c80319c",
        ),
    ]
