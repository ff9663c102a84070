"""A burst on its way to the server: what the outbox keeps of it, and how its frames are laid out in one secret."""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from typing import Literal

from edge_device.camera import FRAMES_PER_BURST, Burst

Operation = Literal["identify", "emotion"]

_HEADER = struct.Struct(f"<B{FRAMES_PER_BURST}I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A burst that was chosen from, ready to be kept. `burst_id` is made once and sent with every attempt."""

    burst_id: str
    user_id: str | None
    primary: int
    jpegs: tuple[bytes, ...]
    monotonic_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A kept burst. `boot_id`, `monotonic_ns` and `sequence` order it among others even where the time is not known.

    `captured_at`: RFC 3339, "" where it is settled that the time is unknown, None where that is still open.
    """

    sequence: int
    burst_id: str
    boot_id: str
    monotonic_ns: int
    user_id: str | None
    primary: int
    jpegs: tuple[bytes, ...]
    captured_at: str | None
    checkin_id: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kept burst, without its frames. `checkin_id` is known once the server has answered who it is."""

    sequence: int
    burst_id: str
    checkin_id: str | None

    @property
    def operation(self) -> Operation:
        return "identify" if self.checkin_id is None else "emotion"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """What is left of a burst that the server will never take: no pixels."""

    sequence: int
    burst_id: str
    boot_id: str
    monotonic_ns: int
    user_id: str | None
    captured_at: str | None
    checkin_id: str | None
    operation: Operation
    code: str
    detail: str


def draft(burst: Burst, primary: int) -> Draft:
    return Draft(
        burst_id=str(uuid.uuid4()),
        user_id=burst.user_id,
        primary=primary,
        jpegs=tuple(frame.jpeg for frame in burst.frames),
        monotonic_ns=burst.frames[primary].monotonic_ns,
    )


def pack_frames(primary: int, jpegs: tuple[bytes, ...]) -> bytes:
    return _HEADER.pack(primary, *(len(jpeg) for jpeg in jpegs)) + b"".join(jpegs)


def unpack_frames(packed: bytes) -> tuple[int, tuple[bytes, ...]]:
    primary, *lengths = _HEADER.unpack_from(packed)
    jpegs, start = [], _HEADER.size
    for length in lengths:
        jpegs.append(packed[start : start + length])
        start += length
    return primary, tuple(jpegs)
