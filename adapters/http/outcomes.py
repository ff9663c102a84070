"""From what a use case answered to what the contract answers: every outcome has its place."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from msgspec.structs import asdict

from adapters.http.check_in_schemas import Decided, EmotionAnswer, Identity
from adapters.http.people_schemas import AcceptedPhotograph, RefusedPhotograph
from adapters.http.problem_document import ProblemFacts, problem_document
from adapters.http.problems import CATALOGUE, OutcomeCode
from adapters.http.sentences import Language
from application.enrol_photographs import PhotographAccepted, PhotographOutcome, PhotographRefused
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
from domain.check_in import CheckIn, DeclineReason, Status
from domain.person import ConsentMissing
from domain.refusal import Refusal

_UNDECIDED_RETRY_AFTER_S = 1.0
_DECISIONS: dict[Status, Decided] = {
    "checked_in": "match",
    "unknown": "unknown",
    "ambiguous": "ambiguous",
    "mismatch": "mismatch",
}
_DECLINED: dict[DeclineReason, OutcomeCode] = {"policy": "emotion-off", "consent": "emotion-not-consented"}


def identity_answer(outcome: IdentifyOutcome) -> Identity | ProblemFacts:
    match outcome:
        case Identified(check_in=check_in, name=name):
            if check_in.refusal is not None:
                return refusal_facts(check_in.refusal, check_in.id)
            return identity_of(check_in, name)
        case CandidateUnknown():
            return ProblemFacts(code="candidate-unknown")
        case CandidateNotEnrolled():
            return ProblemFacts(code="candidate-not-enrolled")
        case BurstIdReused(burst_id=burst_id):
            return ProblemFacts(code="burst-id-reused", detail=f"the burst {burst_id} had another frame or candidate")
        case _:
            assert_never(outcome)


def identity_of(check_in: CheckIn, name: str | None) -> Identity:
    """Of a check-in that was decided and not refused."""
    evidence = check_in.evidence
    assert evidence is not None
    return Identity(
        match=check_in.status == "checked_in",
        confidence=evidence.confidence,
        identity_id=None if check_in.person is None else check_in.person.reveal(),
        checkin_id=check_in.id,
        burst_id=check_in.burst_id,
        decision=_DECISIONS[check_in.status],
        name=name,
        distance=evidence.distance,
        threshold=evidence.threshold,
        margin=evidence.margin,
        model=evidence.model,
        timings_ms=check_in.timings_ms,
    )


def emotion_answer(outcome: EmotionOutcome) -> EmotionAnswer | ProblemFacts:
    match outcome:
        case EmotionRead(check_in_id=check_in_id, reading=reading, timings_ms=timings_ms):
            return EmotionAnswer(
                dominant_emotion=reading.dominant,
                probabilities=reading.probabilities,
                spread=reading.spread,
                frames=reading.frames,
                model=reading.model,
                checkin_id=check_in_id,
                timings_ms=timings_ms,
            )
        case EmotionRefused(check_in_id=check_in_id, refusal=refusal):
            return refusal_facts(refusal, check_in_id)
        case EmotionNotRead(reason=reason):
            return ProblemFacts(code=_DECLINED[reason])
        case CheckInNotFound():
            return ProblemFacts(code="checkin-not-found")
        case CheckInUndecided():
            return ProblemFacts(code="checkin-undecided", retry_after_s=_UNDECIDED_RETRY_AFTER_S)
        case CheckInRefused():
            return ProblemFacts(code="checkin-refused")
        case EmotionAlreadyRecorded():
            return ProblemFacts(code="emotion-already-recorded")
        case _:
            assert_never(outcome)


def refusal_facts(refusal: Refusal, checkin_id: UUID | None) -> ProblemFacts:
    return ProblemFacts(
        code=refusal.code,
        value=refusal.value,
        limit=refusal.limit,
        unit=refusal.unit,
        frame=refusal.frame,
        checkin_id=checkin_id,
    )


def person_problem(outcome: UserIdTaken | PersonNotFound | ConsentMissing) -> ProblemFacts:
    match outcome:
        case UserIdTaken():
            return ProblemFacts(code="user-id-taken")
        case PersonNotFound():
            return ProblemFacts(code="person-not-found")
        case ConsentMissing(purpose=purpose):
            return ProblemFacts(code="consent-missing", detail=f"the consent that is missing: {purpose}")
        case _:
            assert_never(outcome)


def photograph_answer(outcome: PhotographOutcome, *, language: Language) -> AcceptedPhotograph | RefusedPhotograph:
    match outcome:
        case PhotographAccepted(name=name, template_id=template_id, quality=quality):
            return AcceptedPhotograph(name=name, template_id=template_id, quality=quality)
        case PhotographRefused(name=name, refusal=refusal):
            if refusal is not None:
                facts = refusal_facts(refusal, None)
            else:
                kind = CATALOGUE[outcome.code]
                facts = ProblemFacts(
                    code=kind.code, value=outcome.distance, limit=outcome.limit, unit="embedding distance"
                )
            return RefusedPhotograph(name=name, **asdict(problem_document(facts, language=language)))
        case _:
            assert_never(outcome)
