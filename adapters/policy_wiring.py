"""Joins the policy over an open record: what holds, how it is changed, and what other thresholds would do."""

from __future__ import annotations

from adapters.http.policy_services import PolicyServices
from adapters.read_models.score import PostgresScores
from adapters.record import Record
from adapters.recorded_policy import RecordedPolicies
from adapters.settings import Settings
from application.manage_policy import ManagePolicy
from application.ports import Clock, Policies, Recogniser
from application.preview_thresholds import PreviewThresholds
from application.retain import ApplyRetention
from domain.error_rates import MeasuredDistances
from domain.policy import Policy


def recorded_policies(settings: Settings, record: Record) -> RecordedPolicies:
    """What the environment says holds until an administrator changes anything for the first time."""
    initial = Policy(
        emotion=settings.emotion_policy,
        templates_days=settings.retain_templates_days,
        people_days=settings.retain_people_days,
    )
    return RecordedPolicies(record.database, record.store, initial)


def join_policy(
    record: Record,
    policies: Policies,
    recogniser: Recogniser,
    retention: ApplyRetention,
    measured: MeasuredDistances | None,
    clock: Clock,
) -> PolicyServices:
    return PolicyServices(
        policies=policies,
        manage=ManagePolicy(
            store=record.store,
            policies=policies,
            recogniser=recogniser,
            projections=record.projections,
            clock=clock,
        ),
        preview=PreviewThresholds(
            scores=PostgresScores(record.database),
            policies=policies,
            recogniser=recogniser,
            gallery=record.gallery,
            measured=measured,
        ),
        retention=retention,
        recogniser=recogniser,
    )
