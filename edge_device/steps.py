"""What happens to a burst, step by step, as the station tells whoever listens: a display, lights, a log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge_device.contract import EmotionAnswer, IdentityAnswer
from edge_device.identity_steps import IdentityStep
from edge_device.outbox import FullReason
from edge_device.record import Operation
from edge_device.selection import RetakeReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggered:
    """A person, a key or the time asked for a burst, and the camera is about to take it; `take` counts from 1."""

    take: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """Six frames were taken, and frame number `primary` (from 0) was chosen. Nothing is kept yet."""

    burst_id: str
    primary: int
    capture_ms: float
    selection_ms: float
    source: str | None
    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retake:
    """The station itself could see that the burst is not worth sending. Nothing was kept."""

    reason: RetakeReason
    sentence: str
    source: str | None
    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveUp:
    """As many takes as are allowed were of no use: the last one's reason. Nothing was kept of them here."""

    takes: int
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The burst is on the disk, synced: it will not be lost. The server does not know of it yet."""

    burst_id: str
    sequence: int
    put_ms: float
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSaved:
    """The burst could not be kept: nothing of it will be sent."""

    burst_id: str
    reason: FullReason
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An attempt set out. Whether it arrived is not known."""

    burst_id: str
    operation: Operation
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """The server has recorded who it is, or that it is nobody it knows. Only `answer.match` means "checked in".

    `latency_ms`: from the request to its answer. `since_capture_ms`: None for a burst of an earlier boot.
    """

    burst_id: str
    answer: IdentityAnswer
    attempt: int
    latency_ms: float
    since_capture_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionRead:
    burst_id: str
    answer: EmotionAnswer
    attempt: int
    latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionDeclined:
    """The server reads no emotion of this person, by policy or for want of consent. Nothing failed."""

    burst_id: str
    code: str
    sentence: str
    latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The server could not judge these frames; others may be. `value` was measured, `limit` asked for, in `unit`."""

    burst_id: str
    operation: Operation
    code: str
    sentence: str
    frame: int | None
    value: float | None
    limit: float | None
    unit: str | None
    checkin_id: str | None
    trace_id: str | None
    latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """No answer that counts came: the burst stays saved and is sent again, in `retry_in_s` at the earliest."""

    burst_id: str
    operation: Operation
    reason: str
    retry_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """Nobody will ever take this: its frames are deleted, and what is known about it is kept as a dead letter."""

    burst_id: str
    operation: Operation
    code: str
    detail: str
    sentence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Nothing of this burst is left to do, and its frames are deleted here."""

    burst_id: str
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Nothing is sent for `pause_s`: a person must mend the token, the address, or what stands between."""

    code: str
    sentence: str
    pause_s: float
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """The server does not answer as it should; one probe at a time goes out until it does."""

    reason: str
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """The server answers again."""

    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraBroken:
    """The camera gives nothing, even opened anew; the program ends and is started afresh."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMovedAside:
    """The outbox was corrupt: what waited in it is lost to the station, and the file is kept at `path`."""

    path: str


Step = (
    Triggered
    | Captured
    | Retake
    | GaveUp
    | Saved
    | NotSaved
    | Sent
    | Identified
    | EmotionRead
    | EmotionDeclined
    | Refused
    | Postponed
    | Buried
    | Settled
    | Paused
    | Offline
    | Online
    | CameraBroken
    | OutboxMovedAside
    | IdentityStep
)

Listener = Callable[[Step], None]
