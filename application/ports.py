"""What the use cases need from the world: pixels judged, events kept, a gallery searched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.attempts import AttemptEvent
from domain.attendance import Attendance
from domain.attendance import Status as AttendanceStatus
from domain.check_in import CheckInEvent, Status, Timings
from domain.emotion import Emotion, EmotionReading
from domain.face import Box, Quality
from domain.matching import Thresholds
from domain.person import PersonEvent
from domain.refusal import Refusal
from domain.session import State
from domain.session_events import Plan, SessionEvent
from domain.station import StationEvent

Embeddings = NDArray[np.float32]
JsonObject = dict[str, Any]  # whatever an event or a row holds, as JSON


class Overloaded(Exception):
    """The inference queue is full; the same request may be sent again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the inference queue is full; try again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class RecogniserStopped(Exception):
    """Nothing is judged now: the models are not warm yet, or the recogniser has failed or was stopped."""


class Conflict(Exception):
    """Another writer appended to the stream first."""


class PersonErased(Exception):
    """Nothing can be recorded about a person whose key is gone."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One face, judged.

    `embedding`: shape (dimensions,). `distances`: to each of the templates it was compared with, shape (templates,).
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
    """From pixels to a verdict. It knows no persons. Every call may raise `Overloaded` or `RecogniserStopped`."""

    @property
    def thresholds(self) -> Thresholds:
        """Of the identity model that runs; its `model` names that model's version."""
        ...

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0) -> Look | Refused:
        """Find the one face in a JPEG frame and compare it with `templates`, shape (templates, dimensions)."""
        ...

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None) -> Mood | Refused:
        """The mean emotion over a burst, following the face at `near` (searched for where None)."""
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


class EmotionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many readings, and the mean probability of each emotion."""

    readings: int
    mean: dict[Emotion, float]


class EmotionBucket(msgspec.Struct, frozen=True, kw_only=True):
    begins_at: datetime
    figures: EmotionFigures


class EmotionGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The readings of a session, or of one UTC day at a station outside of sessions; over since `ends_at`.

    `figures` are None where the whole group is suppressed; a bucket that is suppressed, or empty, is not in `buckets`.
    """

    session_id: UUID | None
    station_id: UUID | None
    ends_at: datetime
    figures: EmotionFigures | None
    buckets: Sequence[EmotionBucket]


class Emotions(Protocol):
    """Anonymous emotions: only groups that are over, with cohorts below `smallest_cohort` suppressed."""

    @property
    def smallest_cohort(self) -> int: ...

    async def between(self, start: datetime, end: datetime) -> Sequence[EmotionGroup]:
        """Those that ended from `start` on and before `end`, in order of their end."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, in UTC."""
        ...


class SessionStore(Protocol):
    """The streams of sessions, of stations' reports and of attempts at a secret."""

    async def load_session(self, id: UUID) -> Sequence[SessionEvent]: ...

    async def load_station(self, id: UUID) -> Sequence[StationEvent]: ...

    async def load_attempts(self, id: UUID) -> Sequence[AttemptEvent]: ...

    async def append(
        self,
        stream: UUID,
        after_version: int,
        events: Sequence[SessionEvent] | Sequence[StationEvent] | Sequence[AttemptEvent],
    ) -> int:
        """As EventStore.append."""
        ...


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A session without its people. `rostered` counts those who were erased too."""

    id: UUID
    state: State
    plan: Plan
    rostered: int


class Sessions(Protocol):
    async def between(self, start: datetime, end: datetime) -> Sequence[SessionSummary]:
        """Those that start from `start` on and before `end`, in order of their start."""
        ...

    async def of_series(self, series: str) -> Sequence[UUID]:
        """The sessions of a series that are not over, in order of their start."""
        ...


class AttendanceSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A session's attendance, one row for each person on the roster.

    `reported`: every station has reported past the end. `erased`: what was settled of people who were erased since.
    """

    rows: Sequence[Attendance]
    reported: bool
    erased: dict[AttendanceStatus, int]


class AttendanceBook(Protocol):
    async def sheet(self, session: UUID) -> AttendanceSheet | None:
        """None where there is no such session, or it was cancelled."""
        ...

    async def sheets(self, sessions: Sequence[UUID]) -> dict[UUID, AttendanceSheet]:
        """Those of many sessions at once; one that was cancelled has none."""
        ...

    async def unsettled(self) -> tuple[Sequence[UUID], int]:
        """Sessions that every station has reported past, and closed ones with check-ins that are new.

        Answers them with the position through which this was looked at, for `settled` once they all are.
        """
        ...

    async def settled(self, through: int) -> None:
        """Check-ins recorded at `through` and before are new no more, in any process."""
        ...


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
