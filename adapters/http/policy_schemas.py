"""The bodies of the policy endpoints: what holds, and what is to hold from now on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.emotion import EmotionPolicy
from domain.matching import Thresholds
from domain.policy import LONGEST_DAYS, Bounds, ModelThresholds, Policy, bounds_of

Days = Annotated[int, Meta(ge=1, le=LONGEST_DAYS)]
Distance = Annotated[float, Meta(ge=0, le=10, description="between embeddings")]


class ShownThresholds(msgspec.Struct, frozen=True, kw_only=True):
    verify: float
    identify: float
    margin: float


class RecognitionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Of the identity model that runs. `bounds`: the least and the most that each may be set to."""

    model: str
    in_force: ShownThresholds
    calibrated: ShownThresholds
    bounds: Bounds
    overridden: bool


class PolicyDetails(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is 0, and `changed_at` and `changed_by` are null, while it is what the server was started with.

    Days are null where something is kept until its erasure is asked for.
    """

    version: int
    changed_at: datetime | None
    changed_by: UUID | None
    emotion: EmotionPolicy
    templates_days: int | None
    people_days: int | None
    recognition: RecognitionPolicy


class ThresholdsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    verify: Distance
    identify: Distance
    margin: Distance


class PolicyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of the policy, each time.

    `emotion`: `consented` (only of those who agreed) or `off`. `templates_days`, `people_days`: after how many days
    without use templates are purged and people erased, null for never. `thresholds`: null for the calibrated ones.
    """

    emotion: EmotionPolicy
    templates_days: Days | None
    people_days: Days | None
    thresholds: ThresholdsRequest | None


def details_of(policy: Policy, calibrated: Thresholds) -> PolicyDetails:
    return PolicyDetails(
        version=policy.version,
        changed_at=policy.changed_at,
        changed_by=policy.changed_by,
        emotion=policy.emotion,
        templates_days=policy.templates_days,
        people_days=policy.people_days,
        recognition=RecognitionPolicy(
            model=calibrated.model,
            in_force=_shown(policy.in_force(calibrated)),
            calibrated=_shown(calibrated),
            bounds=bounds_of(calibrated),
            overridden=policy.override(calibrated.model) is not None,
        ),
    )


def asked_for(wanted: PolicyRequest, policy: Policy, model: str) -> Policy:
    """As `policy` with all that is asked for; what was set for other models stays."""
    given = wanted.thresholds
    own = None
    if given is not None:
        own = ModelThresholds(model=model, verify=given.verify, identify=given.identify, margin=given.margin)
    changed = msgspec.structs.replace(
        policy, emotion=wanted.emotion, templates_days=wanted.templates_days, people_days=wanted.people_days
    )
    return changed.overriding(own, model)


def _shown(thresholds: Thresholds) -> ShownThresholds:
    return ShownThresholds(verify=thresholds.verify, identify=thresholds.identify, margin=thresholds.margin)
