"""What a member of staff may make of a check-in afterwards: whose it is, whose it is not, or nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from domain.check_in import CheckIn, CheckInEvent, Dismissed, MatchDenied, Reassigned
from domain.personal import PersonalData


class NotDecidedYet(msgspec.Struct, frozen=True):
    """The check-in is being judged: there is nothing to look at again."""


class NobodyMatched(msgspec.Struct, frozen=True):
    """There is no match that could be denied."""


class SomebodyMatched(msgspec.Struct, frozen=True):
    """The check-in belongs to somebody: it can be denied or given to another, and not dismissed."""


def assign(check_in: CheckIn, person: UUID, *, by: UUID, at: datetime) -> list[CheckInEvent] | NotDecidedYet:
    """Nothing where it is theirs already."""
    if check_in.status == "processing":
        return NotDecidedYet()
    if check_in.person is not None and check_in.person.reveal() == person:
        return []
    return [Reassigned(at=at, person=PersonalData(person, person), by=by)]


def deny_match(check_in: CheckIn, *, by: UUID, at: datetime) -> list[CheckInEvent] | NobodyMatched | NotDecidedYet:
    if check_in.status == "processing":
        return NotDecidedYet()
    if check_in.person is None:
        return NobodyMatched()
    return [MatchDenied(at=at, by=by)]


def dismiss(check_in: CheckIn, *, by: UUID, at: datetime) -> list[CheckInEvent] | SomebodyMatched | NotDecidedYet:
    """Nothing where it was dismissed before."""
    if check_in.status == "processing":
        return NotDecidedYet()
    if check_in.person is not None:
        return SomebodyMatched()
    return [] if check_in.dismissed else [Dismissed(at=at, by=by)]
