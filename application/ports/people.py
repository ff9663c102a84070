"""Who is who, and by which secrets they say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import msgspec


class PersonSummary(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    user_id: str
    name: str
    templates: int


class People(Protocol):
    """Who is who: the names that the organisation uses. Erased people are not in it."""

    async def claim(self, user_id: str, id: UUID) -> UUID:
        """Reserve `user_id` for person `id`; answers whose it is, which is another's where it was taken."""
        ...

    async def find(self, user_id: str) -> UUID | None: ...

    async def name(self, id: UUID) -> str | None: ...

    async def all(self) -> Sequence[PersonSummary]: ...


class Credentials(Protocol):
    """PINs and codes: each is shown once, when it is made; a new one replaces the old."""

    async def issue_pin(self, person: UUID) -> str:
        """Raises PersonErased."""
        ...

    async def issue_code(self, person: UUID) -> str:
        """What a QR code shows. Raises PersonErased."""
        ...

    async def revoke(self, person: UUID) -> None: ...

    async def pin_is(self, person: UUID | None, pin: str) -> bool:
        """Takes as long for nobody as for somebody."""
        ...

    async def whose_code(self, code: str) -> UUID | None: ...
