"""How often a secret may be tried: attempts are counted before they are judged, so that none slips through at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import msgspec

PERIOD = timedelta(minutes=15)
MOST_PER_PERSON = 5
MOST_PER_STATION = 120
_ATTEMPTS = UUID("4d1d6a7e-2a55-5f3f-9b1a-7c8e3f6d2b10")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AttemptEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the server's time, in UTC."""

    at: datetime


class Attempted(AttemptEvent, frozen=True, kw_only=True):
    """A secret was presented; whether it was right is not said here."""


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """How many there were against one subject (a person or a station) in one period."""

    count: int = 0


class TooManyAttempts(msgspec.Struct, frozen=True):
    """No more before `retry_at`, right or wrong."""

    retry_at: datetime


def attempts_id(subject: UUID, at: datetime) -> UUID:
    """The stream of the attempts against `subject` in the period of `at`."""
    return uuid5(_ATTEMPTS, f"{subject}/{_period(at)}")


def attempt(attempts: Attempts, most: int, *, at: datetime) -> list[AttemptEvent] | TooManyAttempts:
    if attempts.count >= most:
        return TooManyAttempts(_EPOCH + (_period(at) + 1) * PERIOD)
    return [Attempted(at=at)]


def replay(events: Iterable[AttemptEvent]) -> Attempts:
    return Attempts(count=sum(isinstance(event, Attempted) for event in events))


def _period(at: datetime) -> int:
    return (at - _EPOCH) // PERIOD
