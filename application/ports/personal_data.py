"""What is held about a person, how long, and what is left once they are erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

JsonObject = dict[str, Any]  # whatever an event or a row holds, as JSON


class PersonKeys(Protocol):
    async def erase(self, person: UUID) -> None:
        """Destroy the person's key: what was sealed under it can never be read again, in any process."""
        ...


class ErasureProof(msgspec.Struct, frozen=True, kw_only=True):
    """What the record says of an erasure.

    `position`: of the Erased event. `digest`: SHA-256 over the person's stream as it is stored, in hexadecimal; as long
    as nobody tampers with the record it never changes. `left`: which tables still hold something about them.
    """

    position: int
    digest: str
    key_destroyed: bool
    left: tuple[str, ...]


class Erasures(Protocol):
    async def proof(self, person: UUID) -> ErasureProof | None:
        """None where no erasure of them is recorded."""
        ...

    async def unfinished(self) -> tuple[Sequence[UUID], int]:
        """People whose erasure is recorded and whose key exists, and the position up to which was looked."""
        ...

    async def finished(self, through: int) -> None:
        """Every erasure recorded up to this position is complete: none of them is looked at again."""
        ...


class HeldEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event about a person, as they may see it: what it says of others is left out."""

    position: int
    stream: UUID
    topic: str
    recorded_at: datetime
    event: JsonObject


class Holdings(Protocol):
    """All that is held about one person."""

    async def events(self, person: UUID) -> Sequence[HeldEvent]:
        """Every event that holds something sealed under their key, and everything of their own check-ins, in order."""
        ...

    async def rows(self, person: UUID) -> dict[str, list[JsonObject]]:
        """The rows of the read models, by table."""
        ...


class Overdue(Protocol):
    """Who has not been seen for how long."""

    async def faces_unused_since(self, moment: datetime) -> Sequence[UUID]:
        """People with templates who were neither matched nor enrolled since."""
        ...

    async def people_unseen_since(self, moment: datetime) -> Sequence[UUID]:
        """People who did not check in, by whichever route, and of whom nothing was recorded since."""
        ...
