"""Looking again at a check-in: what may be said of it afterwards, and what that makes of it."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import check_in as check_ins
from domain import review
from domain.check_in import CheckIn, CheckInEvent, Dismissed, MatchDenied, Reassigned
from domain.review import NobodyMatched, NotDecidedYet, SomebodyMatched
from tests.domain.examples import (
    ADA,
    AMBIGUOUS,
    CHECK_IN,
    GRACE,
    LATER,
    MATCH,
    UNKNOWN,
    check_in,
    decide,
    refuse,
    started,
)

STAFF = UUID(int=0x57AFF)


PROCESSING = check_in(started())


def matched() -> CheckIn:
    return after(PROCESSING, decide(started(), MATCH))


def after(before: CheckIn, events: object) -> CheckIn:
    assert isinstance(events, list)
    for event in events:
        before = check_ins.evolve(before, event, id=CHECK_IN)
    return before


def test_an_ambiguous_check_in_is_given_to_whom_staff_name() -> None:
    ambiguous = after(PROCESSING, decide(started(), AMBIGUOUS))
    events = review.assign(ambiguous, GRACE, by=STAFF, at=LATER)
    assert isinstance(events, list)
    assert [type(event) for event in events] == [Reassigned]
    given_to = after(ambiguous, events)
    assert given_to.status == "checked_in"
    assert given_to.person is not None
    assert given_to.person.reveal() == GRACE


def test_a_refused_capture_can_be_assigned_too() -> None:
    refused = after(PROCESSING, refuse(started()))
    assert after(refused, review.assign(refused, ADA, by=STAFF, at=LATER)).status == "checked_in"


def test_assigning_it_again_to_the_same_person_says_nothing() -> None:
    assert review.assign(matched(), ADA, by=STAFF, at=LATER) == []


def test_a_denied_match_belongs_to_nobody_and_keeps_what_it_was_decided_with() -> None:
    denied = after(matched(), review.deny_match(matched(), by=STAFF, at=LATER))
    assert (denied.status, denied.person) == ("unknown", None)
    assert denied.evidence == matched().evidence


def test_nobody_can_be_denied_where_nobody_was_matched() -> None:
    unknown = after(PROCESSING, decide(started(), UNKNOWN))
    assert review.deny_match(unknown, by=STAFF, at=LATER) == NobodyMatched()


def test_what_is_dismissed_is_dismissed_once_and_can_still_be_assigned() -> None:
    unknown = after(PROCESSING, decide(started(), UNKNOWN))
    dismissed = after(unknown, review.dismiss(unknown, by=STAFF, at=LATER))
    assert dismissed.dismissed
    assert review.dismiss(dismissed, by=STAFF, at=LATER) == []
    assert not after(dismissed, review.assign(dismissed, ADA, by=STAFF, at=LATER)).dismissed


def test_a_match_is_denied_and_not_dismissed() -> None:
    assert review.dismiss(matched(), by=STAFF, at=LATER) == SomebodyMatched()


@pytest.mark.parametrize(
    "decision",
    [
        review.assign(PROCESSING, ADA, by=STAFF, at=LATER),
        review.deny_match(PROCESSING, by=STAFF, at=LATER),
        review.dismiss(PROCESSING, by=STAFF, at=LATER),
    ],
)
def test_what_is_being_judged_is_not_looked_at_again(decision: object) -> None:
    assert decision == NotDecidedYet()


@given(st.lists(st.sampled_from(["ada", "grace", "deny", "dismiss"]), max_size=12))
def test_however_often_it_is_reviewed_it_belongs_to_whom_was_named_last(said: list[str]) -> None:
    people = {"ada": ADA, "grace": GRACE}
    state = matched()
    history: list[CheckInEvent] = []
    expected: UUID | None = ADA
    for word in said:
        if word in people:
            events: object = review.assign(state, people[word], by=STAFF, at=LATER)
            expected = people[word]
        elif word == "deny":
            events = review.deny_match(state, by=STAFF, at=LATER)
            expected = None
        else:
            events = review.dismiss(state, by=STAFF, at=LATER)
        if isinstance(events, list):
            history += events
            state = after(state, events)
    assert (None if state.person is None else state.person.reveal()) == expected
    assert (state.status == "checked_in") == (expected is not None)
    assert all(isinstance(event, Reassigned | MatchDenied | Dismissed) for event in history)
