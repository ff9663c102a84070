"""Every outcome of a use case has its place in the contract, and its operation documents it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args
from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.http.check_in_schemas import EmotionAnswer, Identity
from adapters.http.openapi import described_operations, possible_problems
from adapters.http.operation import operation_of
from adapters.http.outcomes import emotion_answer, identity_answer, person_problem, photograph_answer
from adapters.http.people_schemas import AcceptedPhotograph, RefusedPhotograph
from adapters.http.problem_document import ProblemFacts
from application.enrol_photographs import PhotographAccepted, PhotographRefused
from application.identify import BurstIdReused, CandidateNotEnrolled, CandidateUnknown, Identified, IdentifyOutcome
from application.people import PersonNotFound
from application.read_emotion import (
    CheckInNotFound,
    CheckInRefused,
    CheckInUndecided,
    EmotionAlreadyRecorded,
    EmotionNotRead,
    EmotionOutcome,
    EmotionRead,
    EmotionRefused,
)
from application.register_person import UserIdTaken
from domain.check_in import CheckIn, Status
from domain.emotion import EMOTIONS, EmotionReading
from domain.face import Quality
from domain.matching import Evidence
from domain.person import ConsentMissing
from domain.personal import PersonalData
from domain.refusal import Refusal, RefusalCode

CHECK_IN, PERSON = uuid4(), uuid4()
EVIDENCE = Evidence(
    model="m", threshold=0.5, margin_required=0.1, distance=0.3, margin=0.2, confidence=0.94, gallery_people=2
)
BLURRED = Refusal(code="image-blurred", frame=3, value=41.0, limit=90.0, unit="variance")
READING = EmotionReading(
    model="e",
    probabilities={emotion: 0.1 if emotion != "happy" else 0.4 for emotion in EMOTIONS},
    spread=dict.fromkeys(EMOTIONS, 0.01),
    frames=6,
)
QUALITY = Quality(sharpness=1, brightness=1, overexposed=0, face_px=100, detection=0.99)
EMOTION_OUTCOMES: list[EmotionOutcome] = [
    EmotionRead(check_in_id=CHECK_IN, reading=READING, timings_ms={"classify": 3.0}),
    EmotionRefused(check_in_id=CHECK_IN, refusal=BLURRED),
    EmotionNotRead("policy"),
    EmotionNotRead("consent"),
    CheckInNotFound(),
    CheckInUndecided(),
    CheckInRefused(),
    EmotionAlreadyRecorded(),
]


def check_in(status: Status, **changes: object) -> CheckIn:
    decided = CheckIn(
        id=CHECK_IN,
        version=2,
        status=status,
        station_id=uuid4(),
        burst_id="b-1",
        request_digest="d",
        started_at=datetime(2026, 11, 22, tzinfo=UTC),
        evidence=EVIDENCE,
        timings_ms={"detect": 4.0},
    )
    return msgspec.structs.replace(decided, **changes)


def decided(status: Status, person: UUID | None = None, name: str | None = None) -> Identity:
    sealed = None if person is None else PersonalData(person, person)
    answer = identity_answer(Identified(check_in=check_in(status, person=sealed), name=name))
    assert isinstance(answer, Identity)
    return answer


IDENTITY_OUTCOMES: list[IdentifyOutcome] = [
    Identified(check_in=check_in("unknown"), name=None),
    CandidateUnknown("u"),
    CandidateNotEnrolled("u"),
    BurstIdReused("b"),
    *(
        Identified(check_in=check_in("refused", evidence=None, refusal=Refusal(code=code)), name=None)
        for code in get_args(RefusalCode)
    ),
]


def test_a_match_is_answered_to_the_letter_of_the_contract() -> None:
    answer = msgspec.to_builtins(decided("checked_in", PERSON, "Ada"))
    assert answer == {
        "match": True,
        "confidence": 0.94,
        "identity_id": str(PERSON),
        "checkin_id": str(CHECK_IN),
        "burst_id": "b-1",
        "decision": "match",
        "name": "Ada",
        "distance": 0.3,
        "threshold": 0.5,
        "margin": 0.2,
        "model": "m",
        "timings_ms": {"detect": 4.0},
    }


@pytest.mark.parametrize("status", ["unknown", "ambiguous", "mismatch"])
def test_nobody_matched_is_an_answer_and_names_nobody(status: Status) -> None:
    answer = decided(status)
    assert (answer.match, answer.decision, answer.identity_id, answer.name) == (False, status, None, None)
    assert answer.confidence == 0.94


def test_a_match_with_somebody_erased_since_names_nobody() -> None:
    erased = check_in("checked_in", person=PersonalData.erased_value())
    answer = identity_answer(Identified(check_in=erased, name=None))
    assert isinstance(answer, Identity)
    assert (answer.match, answer.identity_id, answer.name) == (True, None, None)


def test_a_refusal_carries_what_was_measured() -> None:
    refused = check_in("refused", evidence=None, refusal=BLURRED)
    facts = identity_answer(Identified(check_in=refused, name=None))
    assert facts == ProblemFacts(
        code="image-blurred", value=41.0, limit=90.0, unit="variance", frame=3, checkin_id=CHECK_IN
    )


def test_an_emotion_is_answered_to_the_letter_of_the_contract() -> None:
    answer = emotion_answer(EMOTION_OUTCOMES[0])
    assert isinstance(answer, EmotionAnswer)
    assert answer.dominant_emotion == "happy"
    assert set(msgspec.to_builtins(answer)) == {
        "dominant_emotion",
        "probabilities",
        "spread",
        "frames",
        "model",
        "checkin_id",
        "timings_ms",
    }


def test_the_samples_cover_every_outcome() -> None:
    assert {type(outcome) for outcome in EMOTION_OUTCOMES} == set(get_args(EmotionOutcome))
    assert {type(outcome) for outcome in IDENTITY_OUTCOMES} == set(get_args(IdentifyOutcome))


@pytest.mark.parametrize("outcome", EMOTION_OUTCOMES[1:], ids=lambda outcome: type(outcome).__name__)
def test_every_emotion_problem_is_documented(outcome: EmotionOutcome) -> None:
    facts = emotion_answer(outcome)
    assert isinstance(facts, ProblemFacts)
    assert facts.code in possible_problems(described_operations()["readEmotion"])
    inside = operation_of(described_operations()["checkInBurst"])
    assert inside is not None
    assert facts.code in inside.inside


@pytest.mark.parametrize("operation", ["identify", "checkInBurst"])
def test_every_identity_problem_is_documented(operation: str) -> None:
    answers = [identity_answer(outcome) for outcome in IDENTITY_OUTCOMES[1:]]
    codes = [answer.code for answer in answers if isinstance(answer, ProblemFacts)]
    assert len(codes) == len(answers)
    assert set(codes) <= set(possible_problems(described_operations()[operation]))


def test_every_people_problem_is_documented() -> None:
    operations = described_operations()
    assert person_problem(UserIdTaken("u")).code in possible_problems(operations["registerPerson"])
    assert person_problem(PersonNotFound()).code in possible_problems(operations["erasePerson"])
    for operation in ("giveConsent", "withdrawConsent", "exportPerson"):
        assert person_problem(PersonNotFound()).code in possible_problems(operations[operation])
    assert "emotion-off" in possible_problems(operations["getEmotions"])
    enrolment = possible_problems(operations["enrolPhotographs"])
    assert {person_problem(PersonNotFound()).code, person_problem(ConsentMissing("face")).code} <= set(enrolment)


def test_photographs_are_accepted_and_refused_by_name() -> None:
    accepted = photograph_answer(PhotographAccepted(name="a", template_id=PERSON, quality=QUALITY), language="en")
    assert accepted == AcceptedPhotograph(name="a", template_id=PERSON, quality=QUALITY)
    blurred = photograph_answer(PhotographRefused(name="b", code=BLURRED.code, refusal=BLURRED), language="de")
    assert isinstance(blurred, RefusedPhotograph)
    assert (blurred.name, blurred.code, blurred.value, blurred.limit) == ("b", "image-blurred", 41.0, 90.0)
    assert "unscharf" in blurred.sentence


@pytest.mark.parametrize("code", ["photograph-of-another", "face-already-enrolled"])
def test_a_photograph_of_somebody_else_says_how_near_it_was(code: str) -> None:
    answer = photograph_answer(PhotographRefused(name="c", code=code, distance=0.7, limit=0.5), language="en")
    assert isinstance(answer, RefusedPhotograph)
    assert (answer.code, answer.status, answer.value, answer.limit) == (code, 422, 0.7, 0.5)
