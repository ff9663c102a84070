"""Where events are kept: the streams of every aggregate, and how far the read models have seen them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.attempts import AttemptEvent
from domain.check_in import CheckInEvent
from domain.person import PersonEvent
from domain.session_events import SessionEvent
from domain.station import StationEvent


class Conflict(Exception):
    """Another writer appended to the stream first."""


class PersonErased(Exception):
    """Nothing can be recorded about a person whose key is gone."""


class EventStore(Protocol):
    """The streams of check-ins and people. Positions become visible in order."""

    async def load_check_in(self, id: UUID) -> Sequence[CheckInEvent]: ...

    async def load_person(self, id: UUID) -> Sequence[PersonEvent]: ...

    async def append(
        self, stream: UUID, after_version: int, events: Sequence[CheckInEvent] | Sequence[PersonEvent]
    ) -> int:
        """Record `events` as versions `after_version + 1` and on, all or none; answers the position of the last.

        Raises `Conflict` where another writer was first, `PersonErased` where a person in them was erased.
        """
        ...


class SessionStore(Protocol):
    """The streams of sessions, of stations' reports and of attempts at a secret."""

    async def load_session(self, id: UUID) -> Sequence[SessionEvent]: ...

    async def load_station(self, id: UUID) -> Sequence[StationEvent]: ...

    async def load_attempts(self, id: UUID) -> Sequence[AttemptEvent]: ...

    async def append(
        self,
        stream: UUID,
        after_version: int,
        events: Sequence[SessionEvent] | Sequence[StationEvent] | Sequence[AttemptEvent],
    ) -> int:
        """As EventStore.append."""
        ...


class Projections(Protocol):
    async def wait(self, position: int, timeout_s: float) -> None:
        """Return once every read model has seen `position`; raises TimeoutError."""
        ...
