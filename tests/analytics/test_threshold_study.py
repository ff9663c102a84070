"""Threshold studies: the door's own rules over recorded evidence, and honest about what it does not hold."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.analytics.threshold_study import Decided, in_force, read_decisions, redecide, study
from benchmarks.history_events import THRESHOLDS
from domain.error_rates import Impostors
from domain.matching import Candidate, Evidence, Match, identify, verify
from tests.analytics.conftest import Drawn

EVIDENCE = Evidence(
    model="resnet-29.v1",
    threshold=0.5,
    margin_required=0.05,
    distance=0.4,
    margin=0.2,
    confidence=0.9,
    gallery_people=9,
)


def searched(*, distance: float | None = 0.4, margin: float | None = 0.2, outcome: str = "checked_in") -> Decided:
    evidence = msgspec.structs.replace(EVIDENCE, distance=distance, margin=margin)
    return msgspec.convert({"comparison": "identify", "outcome": outcome, "evidence": evidence}, Decided)


def test_at_the_thresholds_of_the_time_nothing_would_be_decided_otherwise(drawn: Drawn) -> None:
    decisions = read_decisions(drawn.dsn, drawn.history.ends_at)
    thresholds = in_force(decisions)
    assert thresholds is not None
    assert (thresholds.verify, thresholds.identify, thresholds.margin) == (0.594, 0.497, 0.049)
    told = study(decisions, thresholds, None)
    assert sum(change.check_ins for change in told.changes) == len(decisions) > 100
    assert {change.comparison for change in told.changes} == {"verify", "identify"}
    assert told.changed == 0


def test_a_stricter_threshold_turns_away_exactly_those_beyond_it(drawn: Drawn) -> None:
    decisions = read_decisions(drawn.dsn, drawn.history.ends_at)
    beyond = [
        one
        for one in decisions
        if one.outcome == "checked_in" and one.comparison == "identify" and (one.evidence.distance or 0) > 0.4
    ]
    stricter = msgspec.structs.replace(THRESHOLDS, identify=0.4)
    turned_away = [change for change in study(decisions, stricter, None).changes if change.recorded == "checked_in"]
    assert beyond
    assert sum(one.check_ins for one in turned_away if one.redecided == "unknown") == len(beyond)


def test_a_wider_margin_makes_a_near_runner_up_ambiguous() -> None:
    near = searched(margin=0.06)
    assert redecide(near, THRESHOLDS) == "checked_in"
    assert redecide(near, msgspec.structs.replace(THRESHOLDS, margin=0.1)) == "ambiguous"


def test_where_there_was_nobody_to_compare_with_no_threshold_matches() -> None:
    nobody = searched(distance=None, margin=None, outcome="unknown")
    assert redecide(nobody, msgspec.structs.replace(THRESHOLDS, identify=9.0)) == "unknown"


def test_decisions_of_another_model_are_left_out_and_counted() -> None:
    other = msgspec.structs.replace(searched(), evidence=msgspec.structs.replace(EVIDENCE, model="facenet.v1"))
    told = study([searched(), other], THRESHOLDS, None)
    assert told.other_models == 1
    assert sum(change.check_ins for change in told.changes) == 1


@given(st.floats(0, 1.5), st.floats(0, 1), st.floats(0, 1.5), st.floats(0, 0.5))
def test_redeciding_agrees_with_deciding_afresh(distance: float, gap: float, threshold: float, margin: float) -> None:
    first, second = UUID(int=1), UUID(int=2)
    thresholds = msgspec.structs.replace(THRESHOLDS, identify=threshold, margin=margin, verify=threshold)
    candidates = [Candidate(first, distance), Candidate(second, distance + gap)]
    recorded = identify(candidates, THRESHOLDS).evidence
    fresh = identify(candidates, thresholds)
    # The margin that was recorded is what the door computed; adding it back may be off by one rounding.
    if recorded.margin is not None and abs(recorded.margin - margin) > 1e-12:
        again = redecide(Decided(comparison="identify", outcome="unknown", evidence=recorded), thresholds)
        assert (again == "checked_in") == isinstance(fresh, Match)
    claimed = verify(candidates[0], THRESHOLDS).evidence
    again = redecide(Decided(comparison="verify", outcome="mismatch", evidence=claimed), thresholds)
    assert (again == "checked_in") == isinstance(verify(candidates[0], thresholds), Match)


def test_false_matches_follow_the_normal_distribution_and_grow_with_the_gallery() -> None:
    impostors = Impostors(mean=0.85, deviation=0.08, pairs=1000)
    assert impostors.false_matches(0.85) == pytest.approx(0.5)
    assert impostors.false_matches(0.85 - 3.0902 * 0.08) == pytest.approx(0.001, rel=1e-3)
    assert impostors.false_matches(0.6, 100) == pytest.approx(1 - (1 - impostors.false_matches(0.6)) ** 100)
    assert impostors.false_matches(0.6, 0) == 0.0
