"""How a session stands and what was just done to it, in words for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from adapters.http.session_schemas import AttendanceRow
from adapters.web.dashboard.notices import Notice
from domain.session import State

_DONE: Mapping[str, str] = {
    "planned": "The session is planned.",
    "corrected": "The correction holds from now on.",
    "withdrawn": "The check-ins speak again.",
    "checked-in": "They are checked in.",
    "roster": "The roster is changed.",
    "added": "They are expected.",
    "removed": "They are expected no more.",
    "open": "Check-ins count from now on.",
    "close": "The attendance is settled.",
    "cancel": "The session is cancelled.",
}
_OF_SOMEBODY: Mapping[str, str] = {
    "withdrawn": "{}’s check-ins speak again.",
    "checked-in": "{} is checked in.",
    "added": "{} is expected.",
    "removed": "{} is expected no more.",
}


class ShownState(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: the class that colours it."""

    kind: str
    words: str


def shown_state(state: State, starts_at: datetime, ends_at: datetime, now: datetime) -> ShownState:
    """By the clock where the record has not caught up with it: nothing is recorded as a session begins or ends."""
    if state == "cancelled":
        return ShownState(kind="bad", words="Cancelled")
    if state == "closed":
        return ShownState(kind="", words="Settled")
    if now >= ends_at:
        return ShownState(kind="warn", words="Ended")
    if now >= starts_at:
        return ShownState(kind="ok", words="Running")
    if state == "open":
        return ShownState(kind="ok", words="Open")
    if state == "scheduled":
        return ShownState(kind="calm", words="Scheduled")
    assert_never(state)


def done_notice(
    said: str, person: UUID | None, names: Mapping[UUID, str], rows: Sequence[AttendanceRow]
) -> Notice | None:
    """By the word in the address, with the name of the person it names. None where the word is none of ours."""
    words = _DONE.get(said)
    if words is None:
        return None
    if person is not None and person in names:
        row = next((row for row in rows if row.person_id == person), None)
        if said == "corrected" and row is not None and row.correction is not None:
            words = f"{names[person]} is {row.correction.status}."
        elif said in _OF_SOMEBODY:
            words = _OF_SOMEBODY[said].format(names[person])
    return Notice(kind="ok", words=words)


def unsettled_words(unreported: Sequence[str], waiting: int) -> str:
    """Why a session that has ended is not settled yet. `waiting`: how many are neither seen nor absent."""
    if not unreported:
        return "What the stations reported last is still being counted. Try again in a moment."
    names = unreported[0] if len(unreported) == 1 else f"{', '.join(unreported[:-1])} and {unreported[-1]}"
    silent = f"{names} {'has' if len(unreported) == 1 else 'have'} not reported past the end yet"
    if not waiting:
        return f"{silent}, so that it cannot be settled."
    return f"{silent}: {waiting} {'person' if waiting == 1 else 'people'} may still have been seen there."
