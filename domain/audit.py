"""Who did what: recorded with the change, for every change that a caller other than a station asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

ActorRole = Literal["person", "staff", "analyst", "admin"]


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the server's time, in UTC."""

    at: datetime


class ActionRecorded(AuditEvent, frozen=True, kw_only=True):
    """`action` is the operation's id in the contract, and `object` what its path names, or what it made.

    `by` is None where a person acted: they act upon themselves alone, and `object` says so no more than their own
    stream does. `trace_id` leads to the request in the log.
    """

    by: UUID | None
    role: ActorRole
    action: str
    object: UUID | None
    trace_id: str
