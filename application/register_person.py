"""Registering a person, and what they have agreed to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

import msgspec

from application.people import PROJECTED_WITHIN_S, load_person
from application.ports import Clock, Conflict, EventStore, People, Projections
from domain import person as persons
from domain.person import Purpose

CONSENT_TEXT_VERSION = "2026-11"


class PersonRegistered(msgspec.Struct, frozen=True):
    person: UUID


class UserIdTaken(msgspec.Struct, frozen=True):
    """Somebody of another name, or with other consents, is registered under it."""

    user_id: str


class RegisterPerson:
    """A retried registration answers the person that the first one made."""

    def __init__(
        self,
        *,
        store: EventStore,
        people: People,
        projections: Projections,
        clock: Clock,
        new_id: Callable[[], UUID],
    ) -> None:
        self._store = store
        self._people = people
        self._projections = projections
        self._clock = clock
        self._new_id = new_id

    async def __call__(self, *, user_id: str, name: str, consents: Iterable[Purpose]) -> PersonRegistered | UserIdTaken:
        agreed = frozenset(consents)
        owner = await self._people.claim(user_id, self._new_id())
        # A claim whose registration was cut short has no events yet: this call completes it.
        known = await load_person(self._store, owner)
        if known is None:
            try:
                await self._register(owner, user_id, name, agreed)
            except Conflict:
                known = await load_person(self._store, owner)
        if known is not None and (known.name.reveal() != name or known.consents != agreed):
            return UserIdTaken(user_id)
        return PersonRegistered(owner)

    async def _register(self, id: UUID, user_id: str, name: str, consents: frozenset[Purpose]) -> None:
        events = persons.register(
            id,
            user_id=user_id,
            name=name,
            consents=consents,
            text_version=CONSENT_TEXT_VERSION,
            at=self._clock.now(),
        )
        position = await self._store.append(id, 0, events)
        await self._projections.wait(position, PROJECTED_WITHIN_S)
