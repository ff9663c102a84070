"""A check-in without a face: on equal terms, told once, and with nothing more to come."""

from __future__ import annotations

import pytest

from domain import check_in as check_ins
from domain.check_in import CheckInEvent, Completed, IdentifiedByOtherRoute, OtherRoute
from domain.personal import PersonalData
from tests.domain.examples import ADA, GRACE, HAPPY, LATER, MATCH, check_in, decide, read, started


def identify(events: list[CheckInEvent], route: OtherRoute = "pin") -> list[CheckInEvent]:
    return check_ins.identify_by_other_route(check_in(events), ADA, route, by=None, at=LATER)


@pytest.mark.parametrize("route", ["pin", "qr", "staff"])
def test_whoever_shows_who_they_are_without_a_face_is_checked_in(route: OtherRoute) -> None:
    events = identify(started(), route)
    assert events == [
        IdentifiedByOtherRoute(at=LATER, person=PersonalData(ADA, ADA), route=route),
        Completed(at=LATER),
    ]
    state = check_in([*started(), *events])
    assert (state.status, state.person, state.route) == ("checked_in", PersonalData(ADA, ADA), route)
    assert (state.evidence, state.completed) == (None, True)


def test_a_member_of_staff_is_named() -> None:
    (identified, _) = check_ins.identify_by_other_route(check_in(started()), ADA, "staff", by=GRACE, at=LATER)
    assert isinstance(identified, IdentifiedByOtherRoute)
    assert identified.by == GRACE


def test_what_was_decided_is_not_decided_again() -> None:
    events = [*started(), *identify(started())]
    assert identify(events) == []
    assert decide(events, MATCH) == []
    assert identify([*started(), *decide(started(), MATCH)]) == []


def test_no_emotion_is_read_of_it() -> None:
    assert read([*started(), *identify(started())], HAPPY) == []
