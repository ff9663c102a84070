"""What the use cases about one person share."""

from __future__ import annotations

from uuid import UUID

import msgspec

from application.ports import EventStore
from domain import person as persons
from domain.person import Person

ATTEMPTS = 5
PROJECTED_WITHIN_S = 5.0


class PersonNotFound(msgspec.Struct, frozen=True):
    """Nobody is registered under that id, or they were erased."""


async def load_person(store: EventStore, id: UUID) -> Person | None:
    return persons.replay(id, await store.load_person(id))
