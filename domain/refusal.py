"""A capture that could not be judged: its code, and the figure that was measured against its limit."""

from __future__ import annotations

from typing import Literal

import msgspec

RefusalCode = Literal[
    "image-too-many-bytes",
    "image-not-jpeg",
    "image-truncated",
    "image-undecodable",
    "image-too-many-pixels",
    "image-too-few-pixels",
    "no-face",
    "several-faces",
    "face-too-small",
    "face-cut-off",
    "image-blurred",
    "image-overexposed",
    "image-dark",
    "frames-identical",
    "face-lost",
]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why frame number `frame` (from 0) was refused.

    `value` was measured and `limit` asked for, both in `unit`; all three are absent where nothing can be measured.
    """

    code: RefusalCode
    frame: int = 0
    value: float | None = None
    limit: float | None = None
    unit: str | None = None
