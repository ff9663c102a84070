"""Events of the policy, to store and to read back."""

from __future__ import annotations

from uuid import UUID

from adapters.event_store.topics import Event
from domain.policy import ModelThresholds, PolicyChanged
from tests.event_store.samples import AT


def one_of_each(actor: UUID) -> list[Event]:
    own = ModelThresholds(model="resnet-29/1", verify=0.58, identify=0.48, margin=0.06)
    return [PolicyChanged(at=AT, by=actor, emotion="off", templates_days=365, people_days=None, thresholds=(own,))]
