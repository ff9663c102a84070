"""Re-decides the recorded check-ins at other thresholds, and tells what would have been decided otherwise.

What cannot be known from events is not guessed: the gallery beyond the runner-up, whether a decision was right, what a
person who was turned away did next. Captures that were refused or never judged stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from adapters.analytics.as_of import read_public
from adapters.cycle_collection import without_cycle_collection
from domain.check_in import IdentityMatched, IdentityRejected
from domain.error_rates import Impostors
from domain.matching import Evidence, Thresholds
from domain.redecision import Comparison, Outcome, comparison_of, redecided

CAVEATS = (
    "Counts are of check-ins, not people: somebody turned away may have tried again.",
    "No event says whether a decision was right, so none is called a mistake here.",
    "An unknown face that would be matched would be the nearest person's; who that is was not recorded.",
    "Of the gallery, only the distance to the nearest person and to the runner-up is known.",
)


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it was recorded."""

    comparison: Comparison
    outcome: Outcome
    evidence: Evidence


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`check_ins` that were decided as `recorded` and would be `redecided`; the two may be the same."""

    comparison: Comparison
    recorded: Outcome
    redecided: Outcome
    check_ins: int


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """`other_models`: decisions that were made with another model's embeddings, whose distances mean something else.

    `gallery_people`: the median size of the gallery that faces were searched in. `false_matches` of each comparison at
    the thresholds studied, None where no calibration is known.
    """

    thresholds: Thresholds
    changes: tuple[Change, ...]
    other_models: int
    gallery_people: int
    false_matches: dict[Comparison, float] | None

    @property
    def changed(self) -> int:
        return sum(change.check_ins for change in self.changes if change.recorded != change.redecided)


def read_decisions(dsn: str, as_of: datetime) -> list[Decided]:
    """Every decision recorded by `as_of`, in order, read without keys."""
    found = []
    with without_cycle_collection():
        for then in read_public(dsn, as_of, [IdentityMatched, IdentityRejected]):
            event = then.event
            evidence: Evidence = event.evidence  # type: ignore[attr-defined]  # its public form is made at run time
            outcome: Outcome = getattr(event, "reason", "checked_in")
            found.append(Decided(comparison=comparison_of(outcome, evidence), outcome=outcome, evidence=evidence))
    return found


def in_force(decisions: Sequence[Decided]) -> Thresholds | None:
    """The thresholds of the latest decisions of the latest model; None where either comparison was never made."""
    latest: dict[Comparison, Evidence] = {}
    for decided in decisions:
        latest[decided.comparison] = decided.evidence
    if len(latest) < 2 or latest["verify"].model != latest["identify"].model:
        return None
    return Thresholds(
        model=latest["identify"].model,
        verify=latest["verify"].threshold,
        identify=latest["identify"].threshold,
        margin=latest["identify"].margin_required,
        false_match_rate=0.0,
        midpoint=0.0,
        slope=0.0,
    )


def study(decisions: Iterable[Decided], thresholds: Thresholds, impostors: Impostors | None) -> Study:
    changes: Counter[tuple[Comparison, Outcome, Outcome]] = Counter()
    other_models = 0
    galleries: list[int] = []
    for decided in decisions:
        if decided.evidence.model != thresholds.model:
            other_models += 1
            continue
        changes[decided.comparison, decided.outcome, redecide(decided, thresholds)] += 1
        if decided.comparison == "identify":
            galleries.append(decided.evidence.gallery_people)
    people = sorted(galleries)[len(galleries) // 2] if galleries else 0
    rates: dict[Comparison, float] | None = None
    if impostors is not None:
        rates = {
            "verify": impostors.false_matches(thresholds.verify),
            "identify": impostors.false_matches(thresholds.identify, people),
        }
    return Study(
        thresholds=thresholds,
        changes=tuple(
            Change(comparison=comparison, recorded=recorded, redecided=redecided, check_ins=count)
            for (comparison, recorded, redecided), count in sorted(changes.items())
        ),
        other_models=other_models,
        gallery_people=people,
        false_matches=rates,
    )


def redecide(decided: Decided, thresholds: Thresholds) -> Outcome:
    """By the rules that decide at the door."""
    evidence = decided.evidence
    return redecided(decided.comparison, decided.outcome, evidence.distance, evidence.margin, thresholds)
