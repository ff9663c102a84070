"""What other thresholds would do: the last decisions made again, and how often strangers would pass."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import msgspec

from application.ports import Gallery, Policies, Recogniser, Score, Scores
from domain.error_rates import MeasuredDistances
from domain.matching import Thresholds
from domain.policy import Bounds, bounds_of
from domain.redecision import Comparison, Outcome, redecided

BIN = 0.05
MOST_DECISIONS = 10_000
_OUTCOMES: tuple[Outcome, ...] = ("checked_in", "ambiguous", "unknown", "mismatch")
_CURVE = tuple(round(0.30 + 0.02 * step, 2) for step in range(26))


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`check_ins` that were decided as `recorded` and would be `redecided`; the two may be the same."""

    comparison: Comparison
    recorded: Outcome
    redecided: Outcome
    check_ins: int


class DistanceBin(msgspec.Struct, frozen=True, kw_only=True):
    """How many faces came nearer than `end` and not nearer than `start`, by what was decided then."""

    comparison: Comparison
    start: float
    end: float
    decided: dict[Outcome, int]


class ErrorRates(msgspec.Struct, frozen=True, kw_only=True):
    """From 0 to 1, from normal distributions fitted to a calibration's distances; far out they are an extrapolation.

    `false_matches`: of strangers, before one person for `verify`, before the gallery for `identify`.
    `false_non_matches`: of people's own pictures.
    """

    comparison: Comparison
    threshold: float
    false_matches: float
    false_non_matches: float


class ThresholdPreview(msgspec.Struct, frozen=True, kw_only=True):
    """`rates` of the thresholds in force and of those proposed, and along the `curve`; none without a calibration.

    `people`: in the gallery now. `pairs`: how many pairs of different people the calibration measured.
    """

    calibrated: Thresholds
    in_force: Thresholds
    proposed: Thresholds
    bounds: Bounds
    decisions: int
    changes: Sequence[Change]
    distances: Sequence[DistanceBin]
    people: int
    pairs: int
    rates_in_force: Sequence[ErrorRates]
    rates_proposed: Sequence[ErrorRates]
    curve: Sequence[ErrorRates]

    @property
    def changed(self) -> int:
        return sum(change.check_ins for change in self.changes if change.recorded != change.redecided)


class PreviewThresholds:
    """`measured`: what the calibration of the model that runs measured, None where there is none."""

    def __init__(
        self,
        *,
        scores: Scores,
        policies: Policies,
        recogniser: Recogniser,
        gallery: Gallery,
        measured: MeasuredDistances | None,
    ) -> None:
        self._scores = scores
        self._policies = policies
        self._recogniser = recogniser
        self._gallery = gallery
        self._measured = measured

    async def __call__(
        self, *, verify: float | None, identify: float | None, margin: float | None, last: int
    ) -> ThresholdPreview:
        """What is not given stays as it is in force."""
        calibrated = self._recogniser.thresholds
        in_force = (await self._policies.current()).in_force(calibrated)
        given = {"verify": verify, "identify": identify, "margin": margin}
        proposed = msgspec.structs.replace(in_force, **{name: it for name, it in given.items() if it is not None})
        scores = await self._scores.latest(calibrated.model, last)
        people = max(1, len(set((await self._gallery.snapshot(calibrated.model)).people)))
        return ThresholdPreview(
            calibrated=calibrated,
            in_force=in_force,
            proposed=proposed,
            bounds=bounds_of(calibrated),
            decisions=len(scores),
            changes=_changes(scores, proposed),
            distances=_bins(scores),
            people=people,
            pairs=0 if self._measured is None else self._measured.impostors.pairs,
            rates_in_force=self._rates(in_force, people),
            rates_proposed=self._rates(proposed, people),
            curve=[rate for at in _CURVE for rate in self._rates(_both_at(calibrated, at), people)],
        )

    def _rates(self, thresholds: Thresholds, people: int) -> list[ErrorRates]:
        if self._measured is None or self._measured.model != thresholds.model:
            return []
        impostors, genuine = self._measured.impostors, self._measured.genuine
        compared: tuple[tuple[Comparison, float, int], ...] = (
            ("verify", thresholds.verify, 1),
            ("identify", thresholds.identify, people),
        )
        return [
            ErrorRates(
                comparison=comparison,
                threshold=threshold,
                false_matches=impostors.false_matches(threshold, before),
                false_non_matches=genuine.false_non_matches(threshold),
            )
            for comparison, threshold, before in compared
        ]


def _both_at(thresholds: Thresholds, distance: float) -> Thresholds:
    return msgspec.structs.replace(thresholds, verify=distance, identify=distance)


def _changes(scores: Sequence[Score], thresholds: Thresholds) -> list[Change]:
    counts = Counter(
        (one.comparison, one.outcome, redecided(one.comparison, one.outcome, one.distance, one.margin, thresholds))
        for one in scores
    )
    return [
        Change(comparison=comparison, recorded=recorded, redecided=again, check_ins=count)
        for (comparison, recorded, again), count in sorted(counts.items())
    ]


def _bins(scores: Sequence[Score]) -> list[DistanceBin]:
    """Of each comparison from the nearest to the farthest, the empty ones between them too."""
    counts: dict[Comparison, Counter[tuple[int, Outcome]]] = {"verify": Counter(), "identify": Counter()}
    for one in scores:
        if one.distance is not None:
            counts[one.comparison][math.floor(one.distance / BIN + 1e-9), one.outcome] += 1
    return [
        DistanceBin(
            comparison=comparison,
            start=round(number * BIN, 2),
            end=round((number + 1) * BIN, 2),
            decided={outcome: found[number, outcome] for outcome in _OUTCOMES if found[number, outcome]},
        )
        for comparison, found in counts.items()
        if found
        for number in range(min(at for at, _ in found), max(at for at, _ in found) + 1)
    ]
