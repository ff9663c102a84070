"""Who a face is, for one person claimed and for a whole gallery."""

from __future__ import annotations

import math
from random import Random
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.matching import Ambiguous, Candidate, Match, Mismatch, Unknown, identify, verify
from tests.domain.examples import ADA, GRACE, THRESHOLDS

# Ties and the neighbourhood of the threshold are rare among random floats, so they are drawn on purpose.
distances = st.sampled_from([0.0, 0.3, 0.46, 0.49, 0.5, 0.54, 0.55, 0.7]) | st.floats(min_value=0.0, max_value=2.0)
people = st.uuids(version=4)
galleries = st.dictionaries(people, distances, max_size=8).map(
    lambda nearest: [Candidate(person, distance) for person, distance in nearest.items()]
)
NOT_A_NUMBER = float("nan")


def test_a_claimed_person_near_enough_is_a_match() -> None:
    decision = verify(Candidate(ADA, 0.6), THRESHOLDS)
    assert isinstance(decision, Match)
    assert decision.person == ADA


def test_a_claimed_person_too_far_is_a_mismatch() -> None:
    decision = verify(Candidate(ADA, 0.6001), THRESHOLDS)
    assert isinstance(decision, Mismatch)
    assert decision.claimed == ADA


def test_an_empty_gallery_knows_nobody() -> None:
    decision = identify([], THRESHOLDS)
    assert isinstance(decision, Unknown)
    assert (decision.evidence.distance, decision.evidence.margin, decision.evidence.confidence) == (None, None, 0.0)


def test_the_only_person_of_a_gallery_needs_no_margin() -> None:
    decision = identify([Candidate(ADA, 0.4)], THRESHOLDS)
    assert isinstance(decision, Match)
    assert decision.evidence.margin is None


def test_two_people_too_close_to_each_other_are_ambiguous_and_the_nearer_is_named_first() -> None:
    decision = identify([Candidate(GRACE, 0.42), Candidate(ADA, 0.4)], THRESHOLDS)
    assert isinstance(decision, Ambiguous)
    assert decision.candidates == (ADA, GRACE)


def test_a_runner_up_beyond_the_threshold_still_asks_for_the_margin() -> None:
    assert isinstance(identify([Candidate(ADA, 0.49), Candidate(GRACE, 0.52)], THRESHOLDS), Ambiguous)


def test_a_decision_says_what_it_was_decided_with() -> None:
    evidence = identify([Candidate(ADA, 0.3), Candidate(GRACE, 0.9)], THRESHOLDS).evidence
    assert (evidence.model, evidence.threshold, evidence.margin_required) == ("resnet-29", 0.5, 0.05)
    assert (evidence.distance, evidence.gallery_people) == (0.3, 2)
    assert evidence.margin == pytest.approx(0.6)


def test_a_distance_that_is_not_a_number_matches_nobody() -> None:
    assert isinstance(verify(Candidate(ADA, NOT_A_NUMBER), THRESHOLDS), Mismatch)
    assert isinstance(identify([Candidate(ADA, NOT_A_NUMBER)], THRESHOLDS), Unknown)


@given(galleries, st.integers(0, 8))
def test_a_broken_template_changes_nobody_elses_decision(gallery: list[Candidate], place: int) -> None:
    broken = [*gallery[:place], Candidate(UUID(int=0), NOT_A_NUMBER), *gallery[place:]]
    expected, decision = identify(gallery, THRESHOLDS), identify(broken, THRESHOLDS)
    assert type(decision) is type(expected)
    assert decision.evidence.distance == expected.evidence.distance
    assert decision.evidence.margin == expected.evidence.margin


@given(galleries)
def test_a_match_is_the_nearest_person_within_the_threshold_and_the_margin(gallery: list[Candidate]) -> None:
    decision = identify(gallery, THRESHOLDS)
    ordered = sorted(candidate.distance for candidate in gallery)
    near_enough = bool(ordered) and ordered[0] <= THRESHOLDS.identify
    far_apart = len(ordered) < 2 or ordered[1] - ordered[0] >= THRESHOLDS.margin
    match decision:
        case Match(person=person):
            assert near_enough
            assert far_apart
            assert Candidate(person, ordered[0]) in gallery
        case Ambiguous(candidates=candidates):
            assert near_enough
            assert not far_apart
            by_person = {candidate.person: candidate.distance for candidate in gallery}
            assert [by_person[person] for person in candidates] == ordered[:2]
        case Unknown():
            assert not near_enough


@given(galleries, st.randoms())
def test_the_order_of_the_gallery_does_not_matter(gallery: list[Candidate], random: Random) -> None:
    shuffled = list(gallery)
    random.shuffle(shuffled)
    assert identify(shuffled, THRESHOLDS) == identify(gallery, THRESHOLDS)


@given(distances, st.sets(people, min_size=2, max_size=5))
def test_people_at_one_distance_are_never_told_apart(distance: float, twins: set[UUID]) -> None:
    decision = identify([Candidate(person, distance) for person in twins], THRESHOLDS)
    assert not isinstance(decision, Match)


@given(galleries)
def test_a_stricter_threshold_never_finds_more(gallery: list[Candidate]) -> None:
    stricter = msgspec.structs.replace(THRESHOLDS, identify=0.3, margin=0.2)
    if isinstance(identify(gallery, stricter), Match):
        assert isinstance(identify(gallery, THRESHOLDS), Match)


@given(distances, distances)
def test_confidence_never_rises_with_the_distance(one: float, other: float) -> None:
    nearer, farther = sorted((one, other))
    assert THRESHOLDS.confidence(nearer) >= THRESHOLDS.confidence(farther)


@given(st.floats(min_value=0.0, allow_nan=False))
def test_confidence_is_a_probability_at_any_distance(distance: float) -> None:
    assert 0.0 < THRESHOLDS.confidence(distance) < 1.0 or math.isclose(THRESHOLDS.confidence(distance), 1.0)


def test_confidence_is_a_half_at_the_midpoint() -> None:
    assert THRESHOLDS.confidence(THRESHOLDS.midpoint) == 0.5
