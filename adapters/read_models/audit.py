"""Who changed what, to be read: what was asked for over HTTP, and what happened to accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.rows import TupleRow, class_row

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import TOPICS, Event
from adapters.read_models.accounts import ACCOUNT_EVENTS
from domain.account import AccountCreated, AccountEvent, LastAdminKept, RoleChanged
from domain.audit import ActionRecorded
from domain.policy import ModelThresholds, PolicyChanged

_ADD = """
INSERT INTO audit_entry (position, at, by, role, action, object, detail, trace_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
# What an admin or a member of staff is called; a token has the name it was made with.
_READ = """
SELECT e.position, e.at, e.by, coalesce(a.name, t.name) AS name, e.role, e.action, e.object, e.detail, e.trace_id
FROM audit_entry e
LEFT JOIN account a ON a.id = e.by
LEFT JOIN LATERAL (SELECT name FROM access_token WHERE subject = e.by LIMIT 1) t ON a.id IS NULL
WHERE e.position < %s ORDER BY e.position DESC LIMIT %s
"""

_NAMED = """
SELECT id, title AS name, starts_at AS at FROM session WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, name, NULL FROM station WHERE id = ANY(%(ids)s)
UNION ALL SELECT DISTINCT subject, name, NULL::timestamptz FROM access_token WHERE subject = ANY(%(ids)s)
UNION ALL SELECT id, name, NULL FROM account WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, NULL, started_at FROM check_in_status WHERE id = ANY(%(ids)s)
"""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`by` is None where an operator did it at the server, a provider did, or a person for themselves (see `role`).

    `action` is an operation of the contract, or the topic of an account's or the policy's event.
    """

    position: int
    at: datetime
    by: UUID | None
    name: str | None
    role: str
    action: str
    object: UUID | None
    detail: str | None
    trace_id: str | None


class AuditObject(msgspec.Struct, frozen=True, kw_only=True):
    """What something is called that a deed was done to, and when it was, where it has a moment of its own."""

    id: UUID
    name: str | None
    at: datetime | None


class AuditProjection:
    """Implements adapters.event_store.read_model.ReadModel."""

    name = "audit"
    takes: tuple[type[Event], ...] = (ActionRecorded, *ACCOUNT_EVENTS, PolicyChanged)
    personal = False
    tables: tuple[str, ...] = ("audit_entry",)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        cursor.executemany(_ADD, [_row(one) for one in page])


class PostgresAudit:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, *, before: int, limit: int) -> Sequence[AuditEntry]:
        """The newest first."""
        async with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(AuditEntry)) as cursor,
        ):
            await cursor.execute(_READ, (before, limit))
            return await cursor.fetchall()

    async def objects(self, ids: Sequence[UUID]) -> dict[UUID, AuditObject]:
        """Those of them that are sessions, stations, accounts or check-ins: a person's name is sealed."""
        async with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(AuditObject)) as cursor,
        ):
            await cursor.execute(_NAMED, {"ids": list(ids)})
            return {one.id: one for one in await cursor.fetchall()}


def _row(one: Projected) -> tuple[object, ...]:
    match one.event:
        case ActionRecorded(at=at, by=by, role=role, action=action, object=changed, trace_id=trace_id):
            return (one.position, at, by, role, action, changed, None, trace_id)
        case AccountEvent(at=at, by=by) as event:
            detail = event.role if isinstance(event, AccountCreated | RoleChanged | LastAdminKept) else None
            actor = "account" if by is not None else "provider" if isinstance(event, LastAdminKept) else "operator"
            return (one.position, at, by, actor, TOPICS.topic_of(type(event)), one.stream, detail, None)
        case PolicyChanged(at=at, by=by) as event:
            actor = "operator" if by is None else "admin"
            return (one.position, at, by, actor, TOPICS.topic_of(type(event)), None, _policy(event), None)
        case _:
            raise TypeError(f"not projected: {type(one.event).__name__}")


def _policy(event: PolicyChanged) -> str:
    kept = (("templates", event.templates_days), ("people", event.people_days))
    days = [f"{what} for {_days(number)}" for what, number in kept]
    own = [_thresholds(one) for one in event.thresholds] or ["thresholds as calibrated"]
    return "; ".join([f"emotion {event.emotion}", *days, *own])


def _days(number: int | None) -> str:
    return "ever" if number is None else "1 day" if number == 1 else f"{number} days"


def _thresholds(own: ModelThresholds) -> str:
    return f"{own.model}: verify {own.verify:g}, identify {own.identify:g}, margin {own.margin:g}"
