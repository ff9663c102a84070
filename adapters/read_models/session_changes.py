"""What a page of events makes of each session's plan and state, whichever table keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

import msgspec

from domain.session import State
from domain.session_events import (
    Cancelled,
    Closed,
    Opened,
    Plan,
    Rescheduled,
    Scheduled,
)

Planned = Scheduled | Rescheduled | Opened | Closed | Cancelled
PLANNED: tuple[type[Planned], ...] = (Scheduled, Rescheduled, Opened, Closed, Cancelled)


class SessionChange(msgspec.Struct, kw_only=True):
    """None where a page leaves things as they are. A new plan undoes an early opening."""

    plan: Plan | None = None
    state: State | None = None
    opened_at: datetime | None = None

    def take(self, event: Planned) -> None:
        match event:
            case Scheduled(plan=plan) | Rescheduled(plan=plan):
                self.plan, self.state, self.opened_at = plan, "scheduled", None
            case Opened(at=at):
                self.state, self.opened_at = "open", at
            case Closed():
                self.state = "closed"
            case Cancelled():
                self.state = "cancelled"
            case _:
                assert_never(event)
