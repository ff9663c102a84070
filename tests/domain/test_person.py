"""A person told as given events, when a command, then events."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import person as persons
from domain.person import ConsentGiven, ConsentMissing, ConsentWithdrawn, Erased, FaceEnrolled, FaceRemoved, Registered
from domain.personal import PersonalData
from tests.domain.examples import ADA, LATER, NOON, QUALITY, enrol, enrolled, person, registered

FRONT = UUID(int=1)
SIDE = UUID(int=2)


def test_a_person_is_registered_with_the_consents_given() -> None:
    events = registered("face", "emotion")
    assert events == [
        Registered(at=NOON, user_id=PersonalData(ADA, "ada"), name=PersonalData(ADA, "Ada L.")),
        ConsentGiven(at=NOON, purpose="emotion", text_version="2026-11"),
        ConsentGiven(at=NOON, purpose="face", text_version="2026-11"),
    ]
    assert person(events).consents == {"face", "emotion"}


def test_a_consent_named_twice_is_given_once() -> None:
    assert len(registered("face", "face")) == 2


def test_given_the_face_consent_when_a_face_is_enrolled_then_its_template_is_named() -> None:
    events = enrol(registered("face"), FRONT)
    photograph = PersonalData(ADA, f"digest of {FRONT}")
    assert events == [
        FaceEnrolled(at=LATER, template_id=FRONT, photograph=photograph, model="resnet-29", quality=QUALITY)
    ]


@pytest.mark.parametrize("consents", [(), ("emotion",)])
def test_given_no_face_consent_when_a_face_is_enrolled_then_the_consent_is_missing(
    consents: tuple[persons.Purpose, ...],
) -> None:
    assert enrol(registered(*consents), FRONT) == ConsentMissing("face")


def test_given_a_template_when_it_is_enrolled_again_then_nothing_is_recorded() -> None:
    assert enrol(enrolled(registered("face"), FRONT), FRONT) == []


def test_given_templates_when_the_face_consent_is_withdrawn_then_every_template_is_removed() -> None:
    events = enrolled(registered("face", "emotion"), FRONT, SIDE)
    withdrawn = persons.withdraw_consent(person(events), "face", at=LATER)
    assert withdrawn == [
        ConsentWithdrawn(at=LATER, purpose="face"),
        FaceRemoved(at=LATER, template_id=FRONT, reason="withdrawn"),
        FaceRemoved(at=LATER, template_id=SIDE, reason="withdrawn"),
    ]
    state = person([*events, *withdrawn])
    assert state.templates == ()
    assert state.consents == {"emotion"}


def test_given_templates_when_the_emotion_consent_is_withdrawn_then_the_templates_stay() -> None:
    events = enrolled(registered("face", "emotion"), FRONT)
    withdrawn = persons.withdraw_consent(person(events), "emotion", at=LATER)
    assert withdrawn == [ConsentWithdrawn(at=LATER, purpose="emotion")]
    assert person([*events, *withdrawn]).templates == (FRONT,)


def test_given_a_consent_when_it_is_given_again_then_nothing_is_recorded() -> None:
    assert persons.give_consent(person(registered("face")), "face", text_version="2026-11", at=LATER) == []


def test_given_no_consent_when_it_is_withdrawn_then_nothing_is_recorded() -> None:
    assert persons.withdraw_consent(person(registered()), "face", at=LATER) == []


def test_given_templates_when_the_person_is_erased_then_each_is_removed_before_the_end() -> None:
    erased = persons.erase(person(enrolled(registered("face"), FRONT, SIDE)), at=LATER)
    assert erased == [
        FaceRemoved(at=LATER, template_id=FRONT, reason="erased"),
        FaceRemoved(at=LATER, template_id=SIDE, reason="erased"),
        Erased(at=LATER),
    ]


def test_an_erased_person_accepts_nothing() -> None:
    events = enrolled(registered("face", "emotion"), FRONT)
    erased = [*events, *persons.erase(person(events), at=LATER)]
    state = person(erased)
    assert (state.erased, state.consents, state.templates) == (True, frozenset(), ())
    assert enrol(erased, SIDE) == ConsentMissing("face")
    assert persons.give_consent(state, "face", text_version="2026-11", at=LATER) == []
    assert persons.withdraw_consent(state, "emotion", at=LATER) == []
    assert persons.erase(state, at=LATER) == []


def test_a_person_without_their_registration_cannot_be_replayed() -> None:
    with pytest.raises(ValueError, match="starts with Registered, not Erased"):
        persons.replay(ADA, [Erased(at=NOON)])


def command(events: list[persons.PersonEvent], name: str) -> list[persons.PersonEvent]:
    state = person(events)
    match name.split():
        case ["enrol", number]:
            outcome = enrol(events, UUID(int=int(number)))
            return [] if isinstance(outcome, ConsentMissing) else outcome
        case ["give", "face" | "emotion" as purpose]:
            return persons.give_consent(state, purpose, text_version="2026-11", at=LATER)
        case ["withdraw", "face" | "emotion" as purpose]:
            return persons.withdraw_consent(state, purpose, at=LATER)
    return persons.erase(state, at=LATER)


NAMES = ["enrol 1", "enrol 2", "give face", "give emotion", "withdraw face", "withdraw emotion", "erase"]


@given(st.lists(st.sampled_from(NAMES), max_size=15))
def test_whatever_happens_templates_need_a_face_consent_and_a_retry_adds_nothing(names: list[str]) -> None:
    events = registered("face")
    for count, name in enumerate(names):
        events = [*events, *command(events, name)]
        state = person(events)
        assert command(events, name) == []
        assert not state.templates or "face" in state.consents
        assert len(set(state.templates)) == len(state.templates)
        assert state.erased == ("erase" in names[: count + 1])
        assert state.version == len(events)
