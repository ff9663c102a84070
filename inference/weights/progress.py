"""How a long step on models tells what it is doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

Step = Literal["download", "extract", "convert", "check", "ready"]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A step begins or moves on. Bytes are given where a step knows them."""

    model: str
    step: Step
    done_bytes: int | None = None
    total_bytes: int | None = None


Report = Callable[[Progress], None]


def silently(progress: Progress) -> None:
    """For callers that do not want to know."""
