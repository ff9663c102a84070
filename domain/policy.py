"""What an administrator sets while the system runs: emotions, how long is kept, how near is near enough."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from domain.emotion import EmotionPolicy
from domain.matching import Thresholds

LONGEST_DAYS = 36_500
PolicyField = Literal["templates_days", "people_days", "verify", "identify", "margin"]


class ModelThresholds(msgspec.Struct, frozen=True, kw_only=True):
    """In place of the calibrated ones of that model version. Distances, as domain.matching.Thresholds has them."""

    model: str
    verify: float
    identify: float
    margin: float


class PolicyEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the server's time, in UTC. `by`: the subject of who did it, None at the server's own command line."""

    at: datetime
    by: UUID | None


class PolicyChanged(PolicyEvent, frozen=True, kw_only=True):
    """All of the policy, as it is from now on. Days are None where something is kept until its erasure is asked for."""

    emotion: EmotionPolicy
    templates_days: int | None
    people_days: int | None
    thresholds: tuple[ModelThresholds, ...] = ()


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """`version` counts its changes: 0 where it is still the one that the server was started with.

    `templates_days`, `people_days`: after how many days without use templates are purged and people erased, None for
    never. `thresholds`: one for each model version whose calibrated ones are overridden.
    """

    version: int = 0
    changed_at: datetime | None = None
    changed_by: UUID | None = None
    emotion: EmotionPolicy = "consented"
    templates_days: int | None = None
    people_days: int | None = None
    thresholds: tuple[ModelThresholds, ...] = ()

    def override(self, model: str) -> ModelThresholds | None:
        return next((one for one in self.thresholds if one.model == model), None)

    def in_force(self, calibrated: Thresholds) -> Thresholds:
        """The thresholds that decide, of the model that `calibrated` names."""
        own = self.override(calibrated.model)
        if own is None:
            return calibrated
        return msgspec.structs.replace(calibrated, verify=own.verify, identify=own.identify, margin=own.margin)

    def overriding(self, own: ModelThresholds | None, model: str) -> Policy:
        """With these thresholds for `model`; with the calibrated ones where `own` is None."""
        others = tuple(one for one in self.thresholds if one.model != model)
        return msgspec.structs.replace(self, thresholds=others if own is None else (*others, own))


class PolicyImpossible(msgspec.Struct, frozen=True, kw_only=True):
    """What cannot be set: `value` of `field` lies outside `low` to `high`."""

    field: PolicyField
    value: float
    low: float
    high: float
    reason: str


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The least and the most that each threshold may be set to."""

    verify: tuple[float, float]
    identify: tuple[float, float]
    margin: tuple[float, float]


def bounds_of(calibrated: Thresholds) -> Bounds:
    """Beyond the midpoint a face is likelier somebody else's; below half of what was measured hardly anybody passes."""
    farthest = max(calibrated.midpoint, calibrated.verify)
    return Bounds(
        verify=(_rounded(calibrated.verify / 2), _rounded(farthest)),
        identify=(_rounded(calibrated.identify / 2), _rounded(farthest)),
        margin=(_rounded(calibrated.margin / 2), _rounded(calibrated.identify / 2)),
    )


def change(
    policy: Policy, wanted: Policy, calibrated: Thresholds, *, by: UUID | None, at: datetime
) -> list[PolicyEvent] | PolicyImpossible:
    """Nothing where it is so already. `calibrated`: of the model that runs, the only one whose bounds are known."""
    own = wanted.override(calibrated.model)
    refused = _refused_days(wanted) or (None if own is None else next(iter(impossible(own, calibrated)), None))
    if refused is not None:
        return refused
    event = PolicyChanged(
        at=at,
        by=by,
        emotion=wanted.emotion,
        templates_days=wanted.templates_days,
        people_days=wanted.people_days,
        thresholds=tuple(sorted(wanted.thresholds, key=lambda one: one.model)),
    )
    return [] if _says(event) == _says(policy) else [event]


def impossible(own: ModelThresholds, calibrated: Thresholds) -> list[PolicyImpossible]:
    """Every reason for which these thresholds cannot be set; nothing where they can."""
    bounds = bounds_of(calibrated)
    nearest, farthest = bounds.verify
    claim = own.verify if nearest <= own.verify <= farthest else farthest
    checked: tuple[tuple[PolicyField, float, tuple[float, float], str], ...] = (
        ("verify", own.verify, bounds.verify, "beyond it a face is likelier somebody else's"),
        ("identify", own.identify, bounds.identify, "beyond it a face is likelier somebody else's"),
        ("margin", own.margin, bounds.margin, "between the nearest person and the runner-up"),
        ("identify", own.identify, (bounds.identify[0], claim), "a search may not be easier than a claim"),
    )
    return [
        PolicyImpossible(field=field, value=value, low=low, high=high, reason=reason)
        for field, value, (low, high), reason in checked
        if not low <= value <= high  # what is not a number is in no range
    ]


def evolve(policy: Policy, event: PolicyEvent) -> Policy:
    """The policy after one more event."""
    match event:
        case PolicyChanged():
            return Policy(
                version=policy.version + 1,
                changed_at=event.at,
                changed_by=event.by,
                emotion=event.emotion,
                templates_days=event.templates_days,
                people_days=event.people_days,
                thresholds=event.thresholds,
            )
        case _:
            raise TypeError(f"not an event of the policy: {type(event).__name__}")


def replay(initial: Policy, events: Iterable[PolicyEvent]) -> Policy:
    """`initial` holds until the first change."""
    policy = initial
    for event in events:
        policy = evolve(policy, event)
    return policy


def _says(one: Policy | PolicyChanged) -> tuple[object, ...]:
    return (one.emotion, one.templates_days, one.people_days, tuple(sorted(one.thresholds, key=lambda own: own.model)))


def _refused_days(wanted: Policy) -> PolicyImpossible | None:
    days: tuple[tuple[PolicyField, int | None], ...] = (
        ("templates_days", wanted.templates_days),
        ("people_days", wanted.people_days),
    )
    for field, value in days:
        if value is not None and not 1 <= value <= LONGEST_DAYS:
            return PolicyImpossible(field=field, value=value, low=1, high=LONGEST_DAYS, reason="days, or never")
    return None


def _rounded(distance: float) -> float:
    return round(distance, 4)
