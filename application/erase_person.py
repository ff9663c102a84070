"""Erasing a person: templates, name and key, with a receipt for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from application.people import ATTEMPTS, PROJECTED_WITHIN_S, PersonNotFound, load_person
from application.ports import Clock, Conflict, Erasures, EventStore, Gallery, PersonKeys, Projections
from domain import person as persons
from domain.person import ErasureReason, PersonEvent

Destroyed = Literal["key", "name", "user_id", "templates", "credentials", "tokens"]
DESTROYED: tuple[Destroyed, ...] = ("key", "name", "user_id", "templates", "credentials", "tokens")


class ErasureReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was destroyed, when, and how to check it later. It holds nothing by which the person could be known.

    `position` is that of the Erased event; `digest` is of the person's events as they are stored, which never change.
    """

    person: UUID
    erased_at: datetime
    reason: ErasureReason
    position: int
    destroyed: tuple[Destroyed, ...]
    templates: tuple[UUID, ...]
    digest: str


class ReceiptChecked(msgspec.Struct, frozen=True, kw_only=True):
    """`wrong`: what is not as the receipt says, in words; nothing where the receipt holds."""

    wrong: tuple[str, ...]


class ErasePerson:
    """Safe to repeat: a run that was cut short is completed by the next, and answers the same receipt."""

    def __init__(
        self,
        *,
        store: EventStore,
        gallery: Gallery,
        keys: PersonKeys,
        erasures: Erasures,
        projections: Projections,
        clock: Clock,
    ) -> None:
        self._store = store
        self._gallery = gallery
        self._keys = keys
        self._erasures = erasures
        self._projections = projections
        self._clock = clock

    async def __call__(self, person: UUID, *, reason: ErasureReason = "requested") -> ErasureReceipt | PersonNotFound:
        for _ in range(ATTEMPTS):
            state = await load_person(self._store, person)
            if state is None:
                return PersonNotFound()
            events = persons.erase(state, reason=reason, at=self._clock.now())
            try:
                await self._store.append(person, state.version, events)
            except Conflict:
                continue
            return await self._complete(person)
        raise Conflict(f"person {person} changed {ATTEMPTS} times during the erasure")

    async def _complete(self, person: UUID) -> ErasureReceipt:
        events = await self._store.load_person(person)
        await self._gallery.purge_templates(_templates_ever(events))
        await self._keys.erase(person)
        proof = await self._erasures.proof(person)
        assert proof is not None, "its erasure is recorded"
        await self._projections.wait(proof.position, PROJECTED_WITHIN_S)
        erased = _erased(events)
        return ErasureReceipt(
            person=person,
            erased_at=erased.at,
            reason=erased.reason,
            position=proof.position,
            destroyed=DESTROYED,
            templates=tuple(_templates_ever(events)),
            digest=proof.digest,
        )


class CheckReceipt:
    """Whether the record still says what a receipt says, and nothing of the person has come back."""

    def __init__(self, *, erasures: Erasures) -> None:
        self._erasures = erasures

    async def __call__(self, receipt: ErasureReceipt) -> ReceiptChecked:
        proof = await self._erasures.proof(receipt.person)
        if proof is None:
            return ReceiptChecked(wrong=("no erasure of this person is recorded",))
        wrong = []
        if proof.position != receipt.position:
            wrong.append(f"the erasure is recorded at position {proof.position}")
        if proof.digest != receipt.digest:
            wrong.append("the person's events are not those of the receipt")
        if not proof.key_destroyed:
            wrong.append("the person's key exists")
        wrong += [f"the table {table} still holds something about the person" for table in proof.left]
        return ReceiptChecked(wrong=tuple(wrong))


class CompleteErasures:
    """Completes every erasure that was recorded and then cut short; answers whose."""

    def __init__(self, *, erasures: Erasures, erase_person: ErasePerson) -> None:
        self._erasures = erasures
        self._erase_person = erase_person

    async def __call__(self) -> Sequence[UUID]:
        unfinished, through = await self._erasures.unfinished()
        for person in unfinished:
            with suppress(TimeoutError):  # the key is gone; a projection that is behind will see it in its turn
                await self._erase_person(person)
        await self._erasures.finished(through)
        return unfinished


def _templates_ever(events: Iterable[PersonEvent]) -> list[UUID]:
    return [event.template_id for event in events if isinstance(event, persons.FaceEnrolled)]


def _erased(events: Sequence[PersonEvent]) -> persons.Erased:
    for event in events:
        if isinstance(event, persons.Erased):
            return event
    raise AssertionError("its erasure is recorded")
