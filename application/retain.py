"""Forgetting after a set time: templates that are not used, and people who are not seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from application.erase_person import ErasePerson
from application.people import ATTEMPTS, PROJECTED_WITHIN_S, load_person
from application.ports import Clock, Conflict, EventStore, Gallery, Overdue, Policies, Projections
from domain import person as persons
from domain.policy import Policy


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """Whose templates were purged, and who was erased; in a dry run, who would be."""

    faces: Sequence[UUID]
    people: Sequence[UUID]


class ApplyRetention:
    """Safe to repeat at any time: what is forgotten is not overdue any more, and a run cut short is completed."""

    def __init__(
        self,
        *,
        policies: Policies,
        overdue: Overdue,
        store: EventStore,
        gallery: Gallery,
        erase_person: ErasePerson,
        projections: Projections,
        clock: Clock,
    ) -> None:
        self._policies = policies
        self._overdue = overdue
        self._store = store
        self._gallery = gallery
        self._erase_person = erase_person
        self._projections = projections
        self._clock = clock

    async def __call__(self, *, dry_run: bool = False) -> Forgotten:
        forgotten = await self.would_forget(await self._policies.newest())
        if not dry_run:
            for person in forgotten.people:
                await self._erase_person(person, reason="retention")
            for person in forgotten.faces:
                await self._forget_faces(person)
        return forgotten

    async def would_forget(self, policy: Policy) -> Forgotten:
        """Who has not been needed for as long as `policy` says, now."""
        now = self._clock.now()
        people: Sequence[UUID] = ()
        faces: Sequence[UUID] = ()
        if policy.people_days is not None:
            people = await self._overdue.people_unseen_since(now - timedelta(days=policy.people_days))
        if policy.templates_days is not None:
            unused = await self._overdue.faces_unused_since(now - timedelta(days=policy.templates_days))
            faces = [person for person in unused if person not in set(people)]
        return Forgotten(faces=faces, people=people)

    async def _forget_faces(self, person: UUID) -> None:
        for _ in range(ATTEMPTS):
            state = await load_person(self._store, person)
            if state is None:
                return
            events = persons.forget_faces(state, at=self._clock.now())
            try:
                position = await self._store.append(person, state.version, events)
            except Conflict:
                continue
            await self._gallery.purge_templates(list(state.photographs))
            await self._projections.wait(position, PROJECTED_WITHIN_S)
            return
        raise Conflict(f"person {person} changed {ATTEMPTS} times while their templates were forgotten")
