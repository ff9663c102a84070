"""A person who may check in: their consents and the face templates enrolled for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from domain.face import Quality
from domain.personal import PersonalData

Purpose = Literal["face", "emotion"]
PURPOSES: tuple[Purpose, ...] = ("face", "emotion")
ErasureReason = Literal["requested", "retention"]


class PersonEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the server's time, in UTC."""

    at: datetime


class Registered(PersonEvent, frozen=True, kw_only=True):
    """`user_id` is what the organisation calls this person (the contract's word); `name` is what the station says."""

    user_id: PersonalData[str]
    name: PersonalData[str]


class ConsentGiven(PersonEvent, frozen=True, kw_only=True):
    """To `purpose`, in the words of `text_version`."""

    purpose: Purpose
    text_version: str


class ConsentWithdrawn(PersonEvent, frozen=True, kw_only=True):
    purpose: Purpose


class FaceEnrolled(PersonEvent, frozen=True, kw_only=True):
    """Names a template; the embedding itself lives where it can be purged.

    `photograph` is a digest of the model and the JPEG that the template was made of, so that a retry meets itself.
    """

    template_id: UUID
    photograph: PersonalData[str]
    model: str
    quality: Quality


class FaceRemoved(PersonEvent, frozen=True, kw_only=True):
    template_id: UUID
    reason: Literal["withdrawn", "replaced", "erased", "retention"]


class Erased(PersonEvent, frozen=True, kw_only=True):
    """The person's key is gone: what was sealed under it can be read by nobody.

    `retention`: they were not seen for the time after which people are forgotten.
    """

    reason: ErasureReason = "requested"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a person after `version` events."""

    id: UUID
    version: int
    user_id: PersonalData[str]
    name: PersonalData[str]
    consents: frozenset[Purpose] = frozenset()
    templates: tuple[UUID, ...] = ()
    photographs: dict[UUID, PersonalData[str]] = {}
    erased: bool = False

    def template_of(self, photograph: str) -> UUID | None:
        """The template that was made of the photograph with this digest, while it is enrolled."""
        for template in self.templates:
            if self.photographs[template].reveal() == photograph:
                return template
        return None


class ConsentMissing(msgspec.Struct, frozen=True):
    """The person has not agreed to `purpose`, so it is not done."""

    purpose: Purpose


def register(
    id: UUID, *, user_id: str, name: str, consents: Iterable[Purpose], text_version: str, at: datetime
) -> list[PersonEvent]:
    given = [ConsentGiven(at=at, purpose=purpose, text_version=text_version) for purpose in sorted(set(consents))]
    return [Registered(at=at, user_id=PersonalData(id, user_id), name=PersonalData(id, name)), *given]


def enrol_face(
    person: Person, *, template_id: UUID, photograph: str, model: str, quality: Quality, at: datetime
) -> list[PersonEvent] | ConsentMissing:
    if "face" not in person.consents:
        return ConsentMissing("face")
    if template_id in person.templates:
        return []
    sealed = PersonalData(person.id, photograph)
    return [FaceEnrolled(at=at, template_id=template_id, photograph=sealed, model=model, quality=quality)]


def give_consent(person: Person, purpose: Purpose, *, text_version: str, at: datetime) -> list[PersonEvent]:
    if person.erased or purpose in person.consents:
        return []
    return [ConsentGiven(at=at, purpose=purpose, text_version=text_version)]


def withdraw_consent(person: Person, purpose: Purpose, *, at: datetime) -> list[PersonEvent]:
    """Withdrawing the face consent removes every template with it."""
    if purpose not in person.consents:
        return []
    removed = person.templates if purpose == "face" else ()
    return [
        ConsentWithdrawn(at=at, purpose=purpose),
        *(FaceRemoved(at=at, template_id=template, reason="withdrawn") for template in removed),
    ]


def forget_faces(person: Person, *, at: datetime) -> list[PersonEvent]:
    """Their templates were not used for the time after which templates are forgotten."""
    return [FaceRemoved(at=at, template_id=template, reason="retention") for template in person.templates]


def erase(person: Person, *, reason: ErasureReason = "requested", at: datetime) -> list[PersonEvent]:
    if person.erased:
        return []
    removed = [FaceRemoved(at=at, template_id=template, reason="erased") for template in person.templates]
    return [*removed, Erased(at=at, reason=reason)]


def evolve(person: Person | None, event: PersonEvent, *, id: UUID) -> Person:
    """The state after one more event."""
    if isinstance(event, Registered):
        return Person(id=id, version=1, user_id=event.user_id, name=event.name)
    if person is None:
        raise ValueError(f"a person starts with Registered, not {type(event).__name__}")
    changes = _changes(person, event)
    return msgspec.structs.replace(person, version=person.version + 1, **changes)


def _changes(person: Person, event: PersonEvent) -> dict[str, object]:
    match event:
        case ConsentGiven(purpose=purpose):
            return {"consents": person.consents | {purpose}}
        case ConsentWithdrawn(purpose=purpose):
            return {"consents": person.consents - {purpose}}
        case FaceEnrolled(template_id=template, photograph=photograph):
            return {
                "templates": (*person.templates, template),
                "photographs": person.photographs | {template: photograph},
            }
        case FaceRemoved(template_id=template):
            return {"templates": tuple(kept for kept in person.templates if kept != template)}
        case Erased():
            return {"erased": True, "consents": frozenset()}
    raise TypeError(f"not an event of a person: {type(event).__name__}")


def replay(id: UUID, events: Iterable[PersonEvent]) -> Person | None:
    """The state after all of `events`, None where there are none."""
    person: Person | None = None
    for event in events:
        person = evolve(person, event, id=id)
    return person
