"""Who a face is: distances in, a decision out, against named thresholds of one model version."""

from __future__ import annotations

import math
from collections.abc import Sequence
from uuid import UUID

import msgspec


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """How near is near enough, for one model version.

    Distances are Euclidean, between embeddings; a smaller one is nearer. `verify` is the largest that matches a claimed
    person (1:1), `identify` the largest that matches anybody in the gallery (1:N), and `margin` how much farther the
    runner-up must then be. `false_match_rate` is the rate that `verify` was chosen for; `midpoint` and `slope`
    calibrate the confidence.
    """

    model: str
    verify: float
    identify: float
    margin: float
    false_match_rate: float
    midpoint: float
    slope: float

    def confidence(self, distance: float) -> float:
        """How likely two faces at `distance` are one person, were both cases equally frequent (0 to 1)."""
        exponent = max(-60.0, min(60.0, self.slope * (distance - self.midpoint)))
        return 1.0 / (1.0 + math.exp(exponent))


class Candidate(msgspec.Struct, frozen=True):
    """A person of the gallery and the distance of the nearest of their templates."""

    person: UUID
    distance: float


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision was decided with, kept in its event.

    `distance` is None where there was nobody to compare with; `margin` where there was no runner-up.
    """

    model: str
    threshold: float
    margin_required: float
    distance: float | None
    margin: float | None
    confidence: float
    gallery_people: int


class Match(msgspec.Struct, frozen=True):
    person: UUID
    evidence: Evidence


class Unknown(msgspec.Struct, frozen=True):
    evidence: Evidence


class Ambiguous(msgspec.Struct, frozen=True):
    candidates: tuple[UUID, UUID]
    evidence: Evidence


class Mismatch(msgspec.Struct, frozen=True):
    claimed: UUID
    evidence: Evidence


Decision = Match | Unknown | Ambiguous | Mismatch


def verify(claimed: Candidate, thresholds: Thresholds) -> Match | Mismatch:
    """Is this face the claimed person's? (1:1)"""
    evidence = Evidence(
        model=thresholds.model,
        threshold=thresholds.verify,
        margin_required=0.0,
        distance=claimed.distance,
        margin=None,
        confidence=thresholds.confidence(claimed.distance),
        gallery_people=1,
    )
    return (
        Match(claimed.person, evidence) if claimed.distance <= thresholds.verify else Mismatch(claimed.person, evidence)
    )


def identify(candidates: Sequence[Candidate], thresholds: Thresholds) -> Match | Unknown | Ambiguous:
    """Whose face is this, if anybody's? (1:N) One candidate for each person, in any order."""
    # A distance that is not a number cannot be ordered, and would match everybody.
    comparable = [candidate for candidate in candidates if not math.isnan(candidate.distance)]
    nearest_two = sorted(comparable, key=lambda candidate: (candidate.distance, candidate.person))[:2]
    nearest = nearest_two[0] if nearest_two else None
    runner_up = nearest_two[1] if len(nearest_two) == 2 else None
    margin = runner_up.distance - nearest.distance if nearest and runner_up else None
    evidence = Evidence(
        model=thresholds.model,
        threshold=thresholds.identify,
        margin_required=thresholds.margin,
        distance=nearest.distance if nearest else None,
        margin=margin,
        confidence=thresholds.confidence(nearest.distance) if nearest else 0.0,
        gallery_people=len(candidates),
    )
    if nearest is None or nearest.distance > thresholds.identify:
        return Unknown(evidence)
    if runner_up is not None and margin is not None and margin < thresholds.margin:
        return Ambiguous((nearest.person, runner_up.person), evidence)
    return Match(nearest.person, evidence)
