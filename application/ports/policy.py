"""The policy that an administrator sets: its stream, and the one that holds now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.policy import Policy, PolicyEvent


class PolicyStore(Protocol):
    """The one stream of the policy."""

    async def load_policy(self, id: UUID) -> Sequence[PolicyEvent]: ...

    async def append(self, stream: UUID, after_version: int, events: Sequence[PolicyEvent]) -> int:
        """As EventStore.append."""
        ...


class Policies(Protocol):
    async def current(self) -> Policy:
        """As it was changed last, in whichever process: that may have been a second ago."""
        ...

    async def newest(self) -> Policy:
        """As it was changed last; here `current` knows of it from then on."""
        ...
