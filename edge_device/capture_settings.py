"""What may be told to a running station about capturing, and takes effect at the next look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CaptureMode = Literal["presence", "key", "gpio", "interval"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSettings:
    """`cooldown_s`: between two people, and between two bursts of `interval`. `retake_limit`: takes after the first."""

    mode: CaptureMode = "presence"
    cooldown_s: float = 3.0
    retake_limit: int = 3
