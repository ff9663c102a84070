"""What judges pixels: one frame for who it is, a burst for its emotion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from application.ports.arrays import Embeddings
from domain.check_in import Timings
from domain.emotion import EmotionReading
from domain.face import Box, Quality
from domain.matching import Thresholds
from domain.refusal import Refusal


class Overloaded(Exception):
    """The inference queue is full; the same request may be sent again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the inference queue is full; try again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class RecogniserStopped(Exception):
    """Nothing is judged now: the models are not warm yet, or the recogniser has failed or was stopped."""


class Abandoned(Exception):
    """Nobody waited for the answer any more when the request's turn came, so nothing was judged."""


def _always() -> bool:
    return True


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """How a request waits: `backlog` behind whoever stands at a door now; not at all once it is not `wanted`.

    `wanted` is asked by the thread that judges, when the turn has come. `place`: what was kept for it, if anything was.
    """

    backlog: bool = False
    wanted: Callable[[], bool] = _always
    place: object = None


LIVE = Turn()


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
    """From pixels to a verdict. It knows no persons.

    Every call may raise `Overloaded`, `RecogniserStopped`, or, where its turn says that nobody wants it, `Abandoned`.
    """

    @property
    def thresholds(self) -> Thresholds:
        """Of the identity model that runs; its `model` names that model's version."""
        ...

    def room(self, turn: Turn) -> AbstractContextManager[Turn]:
        """A place in the queue while something else is done first; the one look with the turn it gives is let in."""
        ...

    async def look(self, jpeg: bytes, templates: Embeddings, *, frame: int = 0, turn: Turn = LIVE) -> Look | Refused:
        """Find the one face in a JPEG frame and compare it with `templates`, shape (templates, dimensions)."""
        ...

    async def read_emotion(self, jpegs: Sequence[bytes], near: Box | None, *, turn: Turn = LIVE) -> Mood | Refused:
        """The mean emotion over a burst, following the face at `near` (searched for where None)."""
        ...
