"""What the controller and the pages of the policy call; adapters/policy_wiring.py fills it."""

from __future__ import annotations

from dataclasses import dataclass

from application.manage_policy import ManagePolicy
from application.ports import Policies, Recogniser
from application.preview_thresholds import PreviewThresholds
from application.retain import ApplyRetention


@dataclass(frozen=True, kw_only=True)
class PolicyServices:
    """`recogniser`: whose calibrated thresholds hold where the policy says nothing else."""

    policies: Policies
    manage: ManagePolicy
    preview: PreviewThresholds
    retention: ApplyRetention
    recogniser: Recogniser
