"""A check-in told as given events, when a command, then events."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain import check_in as check_ins
from domain.check_in import (
    CaptureRefused,
    Completed,
    EmotionCaptureRefused,
    EmotionDeclined,
    EmotionRecognised,
    Expired,
    IdentityMatched,
    IdentityRejected,
    Started,
    check_in_id,
)
from domain.matching import Decision
from domain.personal import PersonalData
from tests.domain.examples import (
    ADA,
    AMBIGUOUS,
    BLURRED,
    BOX,
    CHECK_IN,
    DOOR,
    EVIDENCE,
    FACE_LOST,
    FRAMES,
    GRACE,
    HAPPY,
    LATER,
    MATCH,
    MISMATCH,
    NOON,
    OTHER_FRAMES,
    QUALITY,
    TIMINGS,
    UNKNOWN,
    check_in,
    decide,
    decline,
    expire,
    read,
    refuse,
    started,
)


def test_a_burst_that_arrives_is_a_check_in_being_processed() -> None:
    state = check_in(started())
    assert (state.status, state.decided, state.completed, state.version) == ("processing", False, False, 1)
    assert (state.station_id, state.burst_id, state.started_at) == (DOOR, "burst-1", NOON)


def test_a_claimed_person_is_personal_from_the_start() -> None:
    (event,) = started(claimed=ADA)
    assert isinstance(event, Started)
    assert event.claimed == PersonalData(ADA, ADA)


def test_a_retry_of_a_burst_has_the_same_check_in_id() -> None:
    assert check_in_id(DOOR, "burst-1") == check_in_id(DOOR, "burst-1")


def test_another_burst_or_another_station_is_another_check_in() -> None:
    other_door = UUID(int=7)
    assert len({check_in_id(DOOR, "burst-1"), check_in_id(DOOR, "burst-2"), check_in_id(other_door, "burst-1")}) == 3


def test_given_a_start_when_the_face_matches_then_the_person_is_recorded_with_the_evidence() -> None:
    events = decide(started(), MATCH)
    assert events == [
        IdentityMatched(
            at=LATER, person=PersonalData(ADA, ADA), evidence=EVIDENCE, quality=QUALITY, box=BOX, timings_ms=TIMINGS
        )
    ]
    state = check_in([*started(), *events])
    assert (state.status, state.decided, state.completed) == ("checked_in", True, False)
    assert state.person is not None
    assert state.person.reveal() == ADA
    assert state.decided_at == LATER


@pytest.mark.parametrize(
    ("decision", "reason", "candidates"),
    [(UNKNOWN, "unknown", ()), (MISMATCH, "mismatch", ()), (AMBIGUOUS, "ambiguous", (ADA, GRACE))],
)
def test_given_a_start_when_nobody_is_matched_then_the_reason_is_recorded(
    decision: Decision, reason: str, candidates: tuple[UUID, ...]
) -> None:
    (event,) = decide(started(), decision)
    assert isinstance(event, IdentityRejected)
    assert event.reason == reason
    assert event.candidates == tuple(PersonalData(one, one) for one in candidates)
    state = check_in([*started(), event])
    assert (state.status, state.decided, state.person) == (reason, True, None)


def test_given_a_start_when_the_capture_is_refused_then_the_check_in_is_over() -> None:
    events = refuse(started())
    assert events == [CaptureRefused(at=LATER, refusal=BLURRED, timings_ms=TIMINGS), Completed(at=LATER)]
    state = check_in([*started(), *events])
    assert (state.status, state.refusal, state.completed) == ("refused", BLURRED, True)


def test_given_a_decision_when_another_comes_then_nothing_is_recorded() -> None:
    decided = [*started(), *decide(started(), UNKNOWN)]
    assert decide(decided, MATCH) == []
    assert refuse(decided) == []


def test_given_a_refused_capture_when_a_match_comes_late_then_nothing_is_recorded() -> None:
    refused = [*started(), *refuse(started())]
    assert decide(refused, MATCH) == []


def test_given_a_decision_when_an_emotion_is_read_then_it_is_recorded_and_the_check_in_is_complete() -> None:
    decided = [*started(), *decide(started(), MATCH)]
    events = read(decided, HAPPY)
    assert events == [
        EmotionRecognised(at=LATER, reading=HAPPY, request_digest=FRAMES, timings_ms=TIMINGS),
        Completed(at=LATER),
    ]
    state = check_in([*decided, *events])
    assert (state.emotion, state.completed, state.status) == (HAPPY, True, "checked_in")


def test_given_no_decision_when_an_emotion_is_read_or_declined_then_nothing_is_recorded() -> None:
    assert read(started(), HAPPY) == []
    assert read(started(), FACE_LOST) == []
    assert decline(started()) == []
    expired = [*started(), *expire(started())]
    assert read(expired, HAPPY) == []
    assert decline(expired) == []


def test_given_an_emotion_when_its_frames_or_others_come_again_then_nothing_is_recorded() -> None:
    decided = [*started(), *decide(started(), MATCH)]
    recognised = [*decided, *read(decided, HAPPY)]
    assert read(recognised, HAPPY) == []
    assert read(recognised, HAPPY, OTHER_FRAMES) == []
    assert decline(recognised) == []


def test_given_an_unreadable_burst_when_other_frames_are_read_then_their_emotion_is_recorded() -> None:
    decided = [*started(), *decide(started(), MATCH)]
    refused = [*decided, *read(decided, FACE_LOST)]
    assert refused[-1] == EmotionCaptureRefused(at=LATER, refusal=FACE_LOST, request_digest=FRAMES, timings_ms=TIMINGS)
    assert check_in(refused).emotion_refusal == FACE_LOST
    assert not check_in(refused).completed
    state = check_in([*refused, *read(refused, HAPPY, OTHER_FRAMES)])
    assert (state.emotion, state.emotion_refusal, state.emotion_digest) == (HAPPY, None, OTHER_FRAMES)


def test_given_an_unreadable_burst_when_the_same_frames_come_again_then_nothing_is_recorded() -> None:
    decided = [*started(), *decide(started(), MATCH)]
    assert read([*decided, *read(decided, FACE_LOST)], FACE_LOST) == []


def test_given_a_declined_emotion_when_frames_come_then_nothing_is_recorded() -> None:
    decided = [*started(), *decide(started(), MATCH)]
    declined = [*decided, *decline(decided)]
    assert declined[-2:] == [EmotionDeclined(at=LATER, reason="consent"), Completed(at=LATER)]
    assert read(declined, HAPPY) == []
    assert decline(declined) == []
    assert check_in(declined).emotion_declined == "consent"


def test_given_a_start_when_no_decision_comes_then_it_expires_once() -> None:
    expired = [*started(), *expire(started())]
    assert expired[-1] == Expired(at=LATER)
    assert check_in(expired).status == "expired"
    assert expire(expired) == []


def test_given_an_expiry_when_the_decision_comes_late_then_it_stands() -> None:
    expired = [*started(), *expire(started())]
    state = check_in([*expired, *decide(expired, MATCH)])
    assert (state.status, state.decided) == ("checked_in", True)


def test_given_a_decision_when_the_time_is_over_then_it_does_not_expire() -> None:
    assert expire([*started(), *decide(started(), UNKNOWN)]) == []
    assert expire([*started(), *refuse(started())]) == []


def test_a_check_in_without_its_start_cannot_be_replayed() -> None:
    with pytest.raises(ValueError, match="starts with Started, not Expired"):
        check_ins.replay(CHECK_IN, [Expired(at=NOON + timedelta(minutes=1))])


def test_no_events_are_no_check_in() -> None:
    assert check_ins.replay(CHECK_IN, []) is None
