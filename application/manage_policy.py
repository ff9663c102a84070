"""Changing the policy: what is decided from now on, in every process."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from application.ports import Clock, Conflict, Policies, PolicyStore, Projections, Recogniser
from domain import policy as policies
from domain.policy import Policy, PolicyImpossible

POLICY = UUID("9d3c7f0e-52a8-5d0b-8f5e-7c1f0a2b6e44")
"""The stream of the one policy."""
PROJECTED_WITHIN_S = 5.0
_ATTEMPTS = 5


class ManagePolicy:
    """`by`: the subject of whoever changes it, None at the server's own command line."""

    def __init__(
        self,
        *,
        store: PolicyStore,
        policies: Policies,
        recogniser: Recogniser,
        projections: Projections,
        clock: Clock,
    ) -> None:
        self._store = store
        self._policies = policies
        self._recogniser = recogniser
        self._projections = projections
        self._clock = clock

    async def __call__(self, wanted: Callable[[Policy], Policy], *, by: UUID | None) -> Policy | PolicyImpossible:
        """`wanted`: from the policy that holds to the one that is to hold; asked again where another was first."""
        for _ in range(_ATTEMPTS):
            policy = await self._policies.newest()
            calibrated = self._recogniser.thresholds
            decided = policies.change(policy, wanted(policy), calibrated, by=by, at=self._clock.now())
            if isinstance(decided, PolicyImpossible):
                return decided
            try:
                position = await self._store.append(POLICY, policy.version, decided)
            except Conflict:
                continue
            await self._projections.wait(position, PROJECTED_WITHIN_S)
            return await self._policies.newest()
        raise Conflict(f"the policy changed {_ATTEMPTS} times while it was changed")
