"""The policy: what an administrator may set, and what holds from then on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import policy as policies
from domain.error_rates import Genuine, Impostors
from domain.matching import Candidate, Match, Thresholds, Unknown, identify
from domain.policy import ModelThresholds, Policy, PolicyChanged, PolicyEvent, PolicyImpossible, bounds_of
from domain.redecision import redecided
from tests.domain.examples import ADA, NOON

CALIBRATED = Thresholds(
    model="resnet-29.v1",
    verify=0.594,
    identify=0.497,
    margin=0.049,
    false_match_rate=0.001,
    midpoint=0.6282,
    slope=30.83,
)
STRICTER = ModelThresholds(model="resnet-29.v1", verify=0.55, identify=0.45, margin=0.06)
FOR_ANOTHER = ModelThresholds(model="facenet.v1", verify=9.0, identify=8.0, margin=7.0)


def changed(policy: Policy, wanted: Policy) -> list[PolicyEvent] | PolicyImpossible:
    return policies.change(policy, wanted, CALIBRATED, by=ADA, at=NOON)


def after(wanted: Policy) -> Policy:
    events = changed(Policy(), wanted)
    assert isinstance(events, list), events
    return policies.replay(Policy(), events)


def test_what_the_server_was_started_with_holds_until_the_first_change() -> None:
    started = Policy(emotion="off", people_days=30)
    assert policies.replay(started, []) == started
    (event,) = told(changed(started, msgspec.structs.replace(started, emotion="consented")))
    assert event == PolicyChanged(at=NOON, by=ADA, emotion="consented", templates_days=None, people_days=30)
    then = policies.replay(started, [event])
    assert (then.version, then.changed_at, then.changed_by) == (1, NOON, ADA)
    assert (then.emotion, then.people_days) == ("consented", 30)


def test_after_a_change_the_environment_has_no_say_any_more() -> None:
    (event,) = told(changed(Policy(), Policy(emotion="off")))
    assert policies.replay(Policy(emotion="consented", people_days=3), [event]) == policies.replay(Policy(), [event])


def test_what_is_so_already_is_no_change() -> None:
    assert changed(Policy(), Policy()) == []
    then = after(Policy().overriding(STRICTER, STRICTER.model))
    assert changed(then, then) == []
    assert changed(then, then.overriding(STRICTER, STRICTER.model)) == []


def test_an_override_decides_in_place_of_the_calibrated_thresholds() -> None:
    then = after(Policy().overriding(STRICTER, STRICTER.model))
    thresholds = then.in_force(CALIBRATED)
    assert (thresholds.verify, thresholds.identify, thresholds.margin) == (0.55, 0.45, 0.06)
    assert (thresholds.midpoint, thresholds.slope) == (CALIBRATED.midpoint, CALIBRATED.slope)
    candidate = [Candidate(ADA, 0.47)]
    assert isinstance(identify(candidate, CALIBRATED), Match)
    decided = identify(candidate, thresholds)
    assert isinstance(decided, Unknown)
    assert decided.evidence.threshold == 0.45
    assert then.overriding(None, STRICTER.model).in_force(CALIBRATED) == CALIBRATED


def test_another_models_override_stays_and_decides_nothing_here() -> None:
    both = after(Policy(thresholds=(FOR_ANOTHER, STRICTER)))
    assert both.override("facenet.v1") == FOR_ANOTHER
    assert after(Policy(thresholds=(FOR_ANOTHER,))).in_force(CALIBRATED) == CALIBRATED
    assert both.overriding(None, "resnet-29.v1").thresholds == (FOR_ANOTHER,)


@pytest.mark.parametrize(
    ("own", "field"),
    [
        ({"verify": 0.63}, "verify"),
        ({"verify": 0.29}, "verify"),
        ({"verify": math.nan}, "verify"),
        ({"identify": 0.63}, "identify"),
        ({"identify": 0.24}, "identify"),
        ({"identify": 0.56}, "identify"),
        ({"margin": 0.0}, "margin"),
        ({"margin": 0.3}, "margin"),
        ({"margin": math.inf}, "margin"),
    ],
)
def test_thresholds_outside_their_bounds_are_refused_by_name(own: dict[str, float], field: str) -> None:
    refused = changed(Policy(), Policy(thresholds=(msgspec.structs.replace(STRICTER, **own),)))
    assert isinstance(refused, PolicyImpossible)
    assert refused.field == field


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_days_that_cannot_be_meant_are_refused(days: int) -> None:
    for wanted in (Policy(templates_days=days), Policy(people_days=days)):
        assert isinstance(changed(Policy(), wanted), PolicyImpossible)


@given(st.floats(0.1, 1.2), st.floats(0.1, 1.2), st.floats(0.001, 0.2))
def test_the_calibrated_thresholds_are_always_within_their_own_bounds(a: float, b: float, margin: float) -> None:
    nearer, farther = sorted((a, b))
    calibrated = msgspec.structs.replace(CALIBRATED, identify=nearer, verify=farther, margin=margin)
    bounds = bounds_of(calibrated)
    assert bounds.verify[0] <= farther <= bounds.verify[1] + 1e-4
    assert bounds.identify[0] <= nearer <= bounds.identify[1] + 1e-4


@given(st.floats(0, 1), st.floats(0, 0.5), st.floats(0.2, 0.7))
def test_a_stricter_search_never_matches_whom_a_looser_one_turned_away(
    distance: float, margin: float, threshold: float
) -> None:
    loose = msgspec.structs.replace(CALIBRATED, identify=threshold)
    strict = msgspec.structs.replace(CALIBRATED, identify=threshold - 0.1)
    if redecided("identify", "unknown", distance, margin, loose) != "checked_in":
        assert redecided("identify", "unknown", distance, margin, strict) != "checked_in"


def test_a_farther_threshold_lets_more_strangers_pass_and_turns_away_fewer_of_ones_own() -> None:
    impostors = Impostors(mean=0.85, deviation=0.083, pairs=1237)
    genuine = Genuine(mean=0.435, deviation=0.075, pairs=89)
    assert impostors.false_matches(0.4) < impostors.false_matches(0.5) < impostors.false_matches(0.5, people=100)
    assert genuine.false_non_matches(0.6) < genuine.false_non_matches(0.5) < genuine.false_non_matches(0.4)
    assert genuine.false_non_matches(0.435) == pytest.approx(0.5)
    assert impostors.false_matches(0.85) == pytest.approx(0.5)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 100_000))
def test_at_whatever_threshold_an_error_rate_is_a_share(threshold: float, people: int) -> None:
    impostors = Impostors(mean=0.85, deviation=0.083, pairs=1237)
    genuine = Genuine(mean=0.435, deviation=0.075, pairs=89)
    assert 0 <= impostors.false_matches(threshold) <= impostors.false_matches(threshold, people) <= 1
    assert 0 <= genuine.false_non_matches(threshold) <= 1


def test_far_beyond_what_was_measured_every_stranger_passes() -> None:
    assert Impostors(mean=0.85, deviation=0.083, pairs=1237).false_matches(2.0) == 1


def test_every_threshold_that_cannot_be_set_is_named_and_a_search_is_held_against_a_claim_that_can() -> None:
    wrong = ModelThresholds(model=CALIBRATED.model, verify=5.0, identify=0.6, margin=math.nan)
    assert [one.field for one in policies.impossible(wrong, CALIBRATED)] == ["verify", "margin"]
    easier = ModelThresholds(model=CALIBRATED.model, verify=0.4, identify=0.6, margin=0.05)
    assert [(one.field, one.high) for one in policies.impossible(easier, CALIBRATED)] == [("identify", 0.4)]


def told(decided: Sequence[PolicyEvent] | PolicyImpossible) -> Sequence[PolicyEvent]:
    assert not isinstance(decided, PolicyImpossible), decided
    return decided
