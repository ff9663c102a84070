"""Looking again at what the recognition decided: assigning, denying and dismissing check-ins by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import msgspec

from application.ports import Clock, Conflict, EventStore, People, Projections
from application.read_emotion import CheckInNotFound
from application.sessions import PROJECTED_WITHIN_S
from domain import check_in as check_ins
from domain import review
from domain.check_in import CheckIn, CheckInEvent
from domain.review import NobodyMatched, NotDecidedYet, SomebodyMatched

Refused = TypeVar("Refused")
_ATTEMPTS = 5


class PersonUnknown(msgspec.Struct, frozen=True):
    """Nobody is registered under that id."""


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """The check-in as it is now. `position` is 0 where nothing had to be recorded."""

    check_in: CheckIn
    position: int


class ReviewCheckIn:
    """Every decision is safe to repeat. It returns once the read models have seen it."""

    def __init__(self, *, store: EventStore, people: People, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._projections = projections
        self._clock = clock

    async def assign(
        self, id: UUID, user_id: str, *, by: UUID
    ) -> Reviewed | CheckInNotFound | PersonUnknown | NotDecidedYet:
        person = await self._people.find(user_id)
        if person is None:
            return PersonUnknown()
        return await self._change(id, lambda found: review.assign(found, person, by=by, at=self._clock.now()))

    async def deny_match(self, id: UUID, *, by: UUID) -> Reviewed | CheckInNotFound | NobodyMatched | NotDecidedYet:
        return await self._change(id, lambda found: review.deny_match(found, by=by, at=self._clock.now()))

    async def dismiss(self, id: UUID, *, by: UUID) -> Reviewed | CheckInNotFound | SomebodyMatched | NotDecidedYet:
        return await self._change(id, lambda found: review.dismiss(found, by=by, at=self._clock.now()))

    async def _change(
        self, id: UUID, decide: Callable[[CheckIn], list[CheckInEvent] | Refused]
    ) -> Reviewed | CheckInNotFound | Refused:
        for _ in range(_ATTEMPTS):
            found = check_ins.replay(id, await self._store.load_check_in(id))
            if found is None:
                return CheckInNotFound()
            decided = decide(found)
            if not isinstance(decided, list):
                return decided
            if not decided:
                return Reviewed(check_in=found, position=0)
            try:
                position = await self._store.append(id, found.version, decided)
            except Conflict:
                continue
            await self._projections.wait(position, PROJECTED_WITHIN_S)
            for event in decided:
                found = check_ins.evolve(found, event, id=id)
            return Reviewed(check_in=found, position=position)
        raise Conflict(f"check-in {id} changed {_ATTEMPTS} times while it was reviewed")
