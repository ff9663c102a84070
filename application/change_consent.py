"""Giving and withdrawing a consent, one purpose at a time."""

from __future__ import annotations

from uuid import UUID

import msgspec

from application.people import ATTEMPTS, PROJECTED_WITHIN_S, PersonNotFound, load_person
from application.ports import Clock, Conflict, EventStore, Gallery, Projections
from application.register_person import CONSENT_TEXT_VERSION
from domain import person as persons
from domain.person import Person, Purpose


class ConsentStands(msgspec.Struct, frozen=True, kw_only=True):
    """What the person has agreed to now."""

    person: UUID
    consents: frozenset[Purpose]


class ChangeConsent:
    """Safe to repeat. A withdrawn face consent has purged every template of theirs when this returns."""

    def __init__(self, *, store: EventStore, gallery: Gallery, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._gallery = gallery
        self._projections = projections
        self._clock = clock

    async def give(self, person: UUID, purpose: Purpose) -> ConsentStands | PersonNotFound:
        """To the text that is in force."""
        return await self._change(person, purpose, given=True)

    async def withdraw(self, person: UUID, purpose: Purpose) -> ConsentStands | PersonNotFound:
        return await self._change(person, purpose, given=False)

    async def _change(self, person: UUID, purpose: Purpose, *, given: bool) -> ConsentStands | PersonNotFound:
        for _ in range(ATTEMPTS):
            state = await load_person(self._store, person)
            if state is None or state.erased:
                return PersonNotFound()
            at = self._clock.now()
            if given:
                events = persons.give_consent(state, purpose, text_version=CONSENT_TEXT_VERSION, at=at)
            else:
                events = persons.withdraw_consent(state, purpose, at=at)
            try:
                position = await self._store.append(person, state.version, events)
            except Conflict:
                continue
            if purpose == "face" and not given:
                # Those removed before, too: a withdrawal that was cut short is completed by the next.
                await self._gallery.purge_templates(list(state.photographs))
            await self._projections.wait(position, PROJECTED_WITHIN_S)
            return ConsentStands(person=person, consents=_after(state, purpose, given=given))
        raise Conflict(f"person {person} changed {ATTEMPTS} times while a consent was changed")


def _after(state: Person, purpose: Purpose, *, given: bool) -> frozenset[Purpose]:
    return state.consents | {purpose} if given else state.consents - {purpose}
