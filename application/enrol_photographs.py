"""Enrolling photographs: each becomes a template that is searched, or is refused by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from application.identify import nearest_by_person
from application.people import ATTEMPTS, PROJECTED_WITHIN_S, PersonNotFound, load_person
from application.ports import (
    Clock,
    Conflict,
    EventStore,
    Gallery,
    GallerySnapshot,
    Look,
    PersonErased,
    Policies,
    Projections,
    Recogniser,
    Refused,
)
from domain import person as persons
from domain.face import Quality
from domain.matching import Thresholds
from domain.person import ConsentMissing
from domain.refusal import Refusal


class Photograph(msgspec.Struct, frozen=True):
    """`name` is what the sender calls it, so that each answer can name its photograph."""

    name: str
    jpeg: bytes


class PhotographAccepted(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    template_id: UUID
    quality: Quality


class PhotographRefused(msgspec.Struct, frozen=True, kw_only=True):
    """`refusal` where the capture could not be judged; otherwise the face was seen to be somebody else's."""

    name: str
    code: str
    refusal: Refusal | None = None
    distance: float | None = None
    limit: float | None = None


PhotographOutcome = PhotographAccepted | PhotographRefused
IdentityClash = Literal["photograph-of-another", "face-already-enrolled"]


class EnrolPhotographs:
    """Each photograph is accepted or refused by name; an accepted one is searched when this returns.

    A photograph that is enrolled already is accepted as the template that it was made into.
    """

    def __init__(
        self,
        *,
        store: EventStore,
        recogniser: Recogniser,
        gallery: Gallery,
        policies: Policies,
        projections: Projections,
        clock: Clock,
        new_id: Callable[[], UUID],
    ) -> None:
        self._store = store
        self._recogniser = recogniser
        self._gallery = gallery
        self._policies = policies
        self._projections = projections
        self._clock = clock
        self._new_id = new_id

    async def __call__(
        self, person: UUID, photographs: Sequence[Photograph]
    ) -> list[PhotographOutcome] | PersonNotFound | ConsentMissing:
        """May raise `Overloaded`."""
        state = await load_person(self._store, person)
        if state is None or state.erased:
            return PersonNotFound()
        if "face" not in state.consents:
            return ConsentMissing("face")
        outcomes: list[PhotographOutcome] = []
        for photograph in photographs:
            outcome = await self._enrol(person, photograph)
            if isinstance(outcome, PersonNotFound | ConsentMissing):
                return outcome
            outcomes.append(outcome)
        return outcomes

    async def _enrol(self, person: UUID, photograph: Photograph) -> PhotographOutcome | PersonNotFound | ConsentMissing:
        snapshot = await self._gallery.snapshot(self._recogniser.thresholds.model)
        seen = await self._recogniser.look(photograph.jpeg, snapshot.embeddings)
        if isinstance(seen, Refused):
            return PhotographRefused(name=photograph.name, code=seen.refusal.code, refusal=seen.refusal)
        thresholds = (await self._policies.current()).in_force(self._recogniser.thresholds)
        clash = _clash(person, photograph, seen, snapshot, thresholds)
        if clash is not None:
            return clash
        return await self._keep(person, photograph, seen)

    async def _keep(
        self, person: UUID, photograph: Photograph, seen: Look
    ) -> PhotographAccepted | PersonNotFound | ConsentMissing:
        template_id = self._new_id()
        await self._gallery.keep_template(template_id, person, self._recogniser.thresholds.model, seen.embedding)
        try:
            outcome, position = await self._record(person, template_id, photograph, seen)
        except (Conflict, PersonErased):
            await self._gallery.purge_templates([template_id])
            raise
        if not isinstance(outcome, PhotographAccepted) or outcome.template_id != template_id:
            await self._gallery.purge_templates([template_id])
        await self._projections.wait(position, PROJECTED_WITHIN_S)
        return outcome

    async def _record(
        self, person: UUID, template_id: UUID, photograph: Photograph, seen: Look
    ) -> tuple[PhotographAccepted | PersonNotFound | ConsentMissing, int]:
        """What came of it, and the position to wait for."""
        model = self._recogniser.thresholds.model
        digest = hashlib.sha256(f"{model}\0".encode() + photograph.jpeg).hexdigest()
        for _ in range(ATTEMPTS):
            state = await load_person(self._store, person)
            if state is None or state.erased:
                return PersonNotFound(), 0
            enrolled = state.template_of(digest)
            if enrolled is not None:
                return PhotographAccepted(name=photograph.name, template_id=enrolled, quality=seen.quality), 0
            events = persons.enrol_face(
                state,
                template_id=template_id,
                photograph=digest,
                model=model,
                quality=seen.quality,
                at=self._clock.now(),
            )
            if isinstance(events, ConsentMissing):
                return events, 0
            try:
                position = await self._store.append(person, state.version, events)
            except Conflict:
                continue
            return PhotographAccepted(name=photograph.name, template_id=template_id, quality=seen.quality), position
        raise Conflict(f"person {person} changed {ATTEMPTS} times during an enrolment")


def _clash(
    person: UUID, photograph: Photograph, seen: Look, snapshot: GallerySnapshot, thresholds: Thresholds
) -> PhotographRefused | None:
    """A face unlike the person's own templates, or one that would be taken for somebody else at the door."""
    distances = {nearest.person: nearest.distance for nearest in nearest_by_person(seen.distances, snapshot.people)}
    own = distances.pop(person, None)
    if own is not None and own > thresholds.verify:
        code: IdentityClash = "photograph-of-another"
        return PhotographRefused(name=photograph.name, code=code, distance=own, limit=thresholds.verify)
    other = min(distances.values(), default=None)
    if other is not None and other <= thresholds.identify and (own is None or other < own):
        code = "face-already-enrolled"
        return PhotographRefused(name=photograph.name, code=code, distance=other, limit=thresholds.identify)
    return None
