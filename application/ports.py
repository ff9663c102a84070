"""What the use cases need from the world: pixels judged, events kept, a gallery searched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.check_in import CheckInEvent, Status, Timings
from domain.emotion import EmotionReading
from domain.face import Box, Quality
from domain.matching import Thresholds
from domain.person import PersonEvent
from domain.refusal import Refusal

Embeddings = NDArray[np.float32]


class Overloaded(Exception):
    """The inference queue is full; the same request may be sent again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the inference queue is full; try again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class Conflict(Exception):
    """Another writer appended to the stream first."""


class PersonErased(Exception):
    """Nothing can be recorded about a person whose key is gone."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One face, judged.

    `embedding`: shape (dimensions,). `distances`: to each row of the templates it was compared with, shape (templates,), in their order.
    `timings_ms`: milliseconds by stage (`queue`, `decode`, `detect`, `quality`, `align`, `embed`, `compare`).
    """

    embedding: Embeddings
    distances: Embeddings
    box: Box
    quality: Quality
    timings_ms: Timings


class Mood(msgspec.Struct, frozen=True, kw_only=True):
    """A burst's emotion. `timings_ms` by stage (`queue`, `decode`, `follow`, `crop`, `classify`)."""

    reading: EmotionReading
    timings_ms: Timings


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A capture that could not be judged, and how long it took to find out."""

    refusal: Refusal
    timings_ms: Timings


class Recogniser(Protocol):
    """From pixels to a verdict. It knows no persons. Every call may raise `Overloaded`."""

    @property
    def thresholds(self) -> Thresholds:
        """Of the identity model that runs; its `model` names that model's version."""
        ...

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0) -> Look | Refused:
        """Find the one face in a JPEG frame and compare it with `templates`, shape (templates, dimensions)."""
        ...

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None) -> Mood | Refused:
        """The mean emotion over the frames of a burst, following the face that stood at `near` in one of them (searched for where None)."""
        ...


class EventStore(Protocol):
    """The streams of check-ins and people. Positions become visible in order."""

    async def load_check_in(self, id: UUID) -> Sequence[CheckInEvent]: ...

    async def load_person(self, id: UUID) -> Sequence[PersonEvent]: ...

    async def append(
        self, stream: UUID, after_version: int, events: Sequence[CheckInEvent] | Sequence[PersonEvent]
    ) -> int:
        """Record `events` as versions `after_version + 1` and on, all or none; answers the position of the last.

        Raises `Conflict` where another writer was first, `PersonErased` where a person in them was erased.
        """
        ...


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


class CheckInSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a check-in, without its person and without its emotion."""

    id: UUID
    station_id: UUID
    status: Status
    started_at: datetime
    decided_at: datetime | None
    refusal_code: str | None
    confidence: float | None
    completed: bool
    position: int


class CheckIns(Protocol):
    async def recent(self, *, limit: int, after_position: int = 0) -> Sequence[CheckInSummary]:
        """The latest check-ins, newest first."""
        ...

    async def undecided_since(self, before: datetime) -> Sequence[UUID]:
        """Check-ins that started before `before` and still wait for their decision."""
        ...


class Projections(Protocol):
    async def wait(self, position: int, timeout_s: float) -> None:
        """Return once every read model has seen `position`; raises TimeoutError."""
        ...


class PersonKeys(Protocol):
    async def erase(self, person: UUID) -> None:
        """Destroy the person's key: what was sealed under it can never be read again, in any process."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, in UTC."""
        ...
