"""Which face templates may be searched, and the embeddings themselves, which can be purged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from application.ports import Embeddings, GallerySnapshot
from domain.person import Erased, FaceEnrolled, FaceRemoved

_REVISION = "SELECT revision FROM gallery_revision"
# One statement, so that the revision is that of the rows.
_SNAPSHOT = """
SELECT r.revision, g.person, vector_send(t.embedding)
FROM gallery_revision r
LEFT JOIN (gallery g JOIN face_template t ON t.id = g.template_id) ON g.model = %s
ORDER BY g.person, g.template_id
"""
_KEEP = """
INSERT INTO face_template (id, person, model, embedding) VALUES (%s, %s, %s, %s::real[]::vector)
ON CONFLICT (id) DO NOTHING
"""
# The revision is locked before the templates, as a projection does that removes them: else each may wait for the other.
_PURGE = """
DELETE FROM face_template USING (SELECT FROM gallery_revision FOR UPDATE) AS locked WHERE id = ANY(%s)
"""
_VECTOR_HEADER_BYTES = 4


class GalleryProjection:
    """Implements adapters.event_store.read_model.ReadModel. A template that leaves the gallery is deleted with it."""

    name = "gallery"
    takes: tuple[type[Event], ...] = (FaceEnrolled, FaceRemoved, Erased)
    personal = False
    # Embeddings are kept: they are in no event, so nothing could bring them back.
    tables: tuple[str, ...] = ("gallery",)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        for projected in page:
            match projected.event:
                case FaceEnrolled(template_id=template, model=model):
                    cursor.execute(
                        "INSERT INTO gallery (template_id, person, model) VALUES (%s, %s, %s)",
                        (template, projected.stream, model),
                    )
                case FaceRemoved(template_id=template):
                    cursor.execute("DELETE FROM gallery WHERE template_id = %s", (template,))
                    cursor.execute(_PURGE, ([template],))
                case Erased():
                    cursor.execute("DELETE FROM gallery WHERE person = %s", (projected.stream,))
                    cursor.execute("DELETE FROM face_template WHERE person = %s", (projected.stream,))
                case _:
                    raise TypeError(f"not projected: {type(projected.event).__name__}")


class PostgresGallery:
    """Implements application.ports.Gallery. Owned by one event loop.

    Embeddings stay in memory; a query of one row says whether any were added or removed since, by whichever process.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cached: dict[str, tuple[int, GallerySnapshot]] = {}
        self._reading = asyncio.Lock()

    async def snapshot(self, model: str) -> GallerySnapshot:
        rows = await self._database.fetch(_REVISION)
        found = self._fresh(model, rows[0][0])
        if found is not None:
            return found
        async with self._reading:
            found = self._fresh(model, rows[0][0])
            return found if found is not None else await self._read(model)

    async def keep_template(self, template_id: UUID, person: UUID, model: str, embedding: Embeddings) -> None:
        await self._database.fetch(_KEEP, (template_id, person, model, embedding.tolist()))

    async def purge_templates(self, templates: Sequence[UUID]) -> None:
        if templates:
            await self._database.fetch(_PURGE, (list(templates),))

    def _fresh(self, model: str, revision: int) -> GallerySnapshot | None:
        cached = self._cached.get(model)
        return cached[1] if cached is not None and cached[0] >= revision else None

    async def _read(self, model: str) -> GallerySnapshot:
        rows = await self._database.fetch(_SNAPSHOT, (model,), binary=True)
        found = [(person, _embedding(sent)) for _, person, sent in rows if person is not None]
        embeddings = np.stack([one for _, one in found]) if found else np.empty((0, 0), np.float32)
        embeddings.flags.writeable = False
        snapshot = GallerySnapshot(model=model, embeddings=embeddings, people=tuple(person for person, _ in found))
        self._cached[model] = (rows[0][0], snapshot)
        return snapshot


def _embedding(sent: bytes) -> Embeddings:
    """pgvector's binary form: the number of dimensions, two unused bytes, big-endian floats."""
    return np.frombuffer(sent, ">f4", offset=_VECTOR_HEADER_BYTES).astype(np.float32)
