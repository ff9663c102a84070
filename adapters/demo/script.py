"""What the demo plays, as data: who is enrolled, who then stands before the camera, and what must happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from adapters.demo.appearance import ExpressionName
from adapters.demo.bursts import Burst
from domain.refusal import RefusalCode

Outcome = Literal["match", "unknown", "ambiguous", "mismatch"] | RefusalCode
Progress = Callable[[str, int, int], None]
"""Called with what was just made, how many of them are done, and how many there will be."""


class Photograph(msgspec.Struct, frozen=True):
    """A JPEG to enrol somebody with."""

    name: str
    jpeg: bytes


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to register and to enrol before the play begins."""

    user_id: str
    name: str
    photographs: tuple[Photograph, ...]


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One burst before the camera.

    `claimed`: the user id that is sent with it (1:1), None for 1:N. `shows`: the user id of who stands there, None
    where nobody enrolled does. `expected`: the decision, or the code of the refusal.
    """

    title: str
    burst: Burst
    expected: Outcome
    claimed: str | None = None
    shows: str | None = None
    expression: ExpressionName | None = None


class Script(msgspec.Struct, frozen=True, kw_only=True):
    actors: tuple[Actor, ...]
    scenes: tuple[Scene, ...]


def no_progress(what: str, done: int, total: int) -> None:
    """For callers who wait in silence."""
