"""The templates that may be searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from application.ports.arrays import Embeddings


class GallerySnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All templates that may be searched, of one model version. Row i of `embeddings` belongs to `people[i]`."""

    model: str
    embeddings: Embeddings
    people: tuple[UUID, ...]

    def of(self, person: UUID) -> GallerySnapshot:
        """The templates of one person."""
        rows = [row for row, owner in enumerate(self.people) if owner == person]
        return GallerySnapshot(model=self.model, embeddings=self.embeddings[rows], people=(person,) * len(rows))


class Gallery(Protocol):
    async def snapshot(self, model: str) -> GallerySnapshot:
        """What may be searched now: a removed or erased person is never in it, whichever process removed them."""
        ...

    async def keep_template(self, template_id: UUID, person: UUID, model: str, embedding: Embeddings) -> None:
        """Store a template; it is searched once the FaceEnrolled event that names it is projected."""
        ...

    async def purge_templates(self, templates: Sequence[UUID]) -> None:
        """Delete embeddings for good."""
        ...
