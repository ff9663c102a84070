"""What a recorded check-in would have been decided as at other thresholds, by the rules that decide at the door."""

from __future__ import annotations

from typing import Literal, assert_never
from uuid import UUID

from domain.matching import Ambiguous, Candidate, Evidence, Match, Mismatch, Thresholds, Unknown, identify, verify

Comparison = Literal["verify", "identify"]
Outcome = Literal["checked_in", "unknown", "ambiguous", "mismatch"]
_NEAREST, _RUNNER_UP = UUID(int=1), UUID(int=2)


def redecided(
    comparison: Comparison, recorded: Outcome, distance: float | None, margin: float | None, thresholds: Thresholds
) -> Outcome:
    """`distance`: to the nearest person, `margin`: from there to the runner-up; None where there was none."""
    if distance is None:
        return recorded  # there was nobody to compare with
    nearest = Candidate(_NEAREST, distance)
    if comparison == "verify":
        return _outcome(verify(nearest, thresholds))
    if margin is None:
        return _outcome(identify([nearest], thresholds))
    return _outcome(identify([nearest, Candidate(_RUNNER_UP, distance + margin)], thresholds))


def comparison_of(outcome: Outcome, evidence: Evidence) -> Comparison:
    """Whether somebody was claimed is sealed; but a claim is compared with one person, and asks for no margin."""
    if outcome == "mismatch":
        return "verify"
    alone = evidence.margin is None and evidence.margin_required == 0.0 and evidence.gallery_people == 1
    return "verify" if outcome == "checked_in" and alone else "identify"


def _outcome(decision: Match | Unknown | Ambiguous | Mismatch) -> Outcome:
    match decision:
        case Match():
            return "checked_in"
        case Unknown():
            return "unknown"
        case Ambiguous():
            return "ambiguous"
        case Mismatch():
            return "mismatch"
        case _:
            assert_never(decision)
