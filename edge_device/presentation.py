"""What a station shows, as a value: the standing situation, and the moment of the person who stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_device.capture_settings import CaptureMode
from edge_device.identity_steps import UnpairedReason
from edge_device.pushed_settings import Language

RestKind = Literal["starting", "unpaired", "ready", "offline", "fault", "full", "revoked", "camera_broken"]
MomentKind = Literal[
    "capturing",
    "processing",
    "checked_in",
    "saved",
    "retake",
    "gave_up",
    "refused",
    "see_staff",
    "not_saved",
    "pin_checking",
    "pin_refused",
    "pin_unreachable",
]
ScreenKind = RestKind | MomentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long a moment is shown. `processing_s`: after that "saved" is said, which is true since before."""

    capturing_s: float = 30.0
    processing_s: float = 6.0
    checked_in_s: float = 4.0
    saved_s: float = 4.0
    retake_s: float = 3.0
    refused_s: float = 9.0
    pin_checking_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What holds until something else happens. `pairing_code` is there once the server has given one."""

    started: bool = False
    unpaired: UnpairedReason | None = None
    pairing_code: str | None = None
    revoked: bool = False
    fault: bool = False
    camera_broken: bool = False
    full: bool = False
    offline: bool = False
    waiting: int = 0
    room: str | None = None
    language: Language = "en"
    mode: CaptureMode = "presence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What one person is shown from `since_s` until `until_s`. `reason`: a code; `sentence`: the server's own words."""

    kind: MomentKind
    since_s: float
    until_s: float
    name: str | None = None
    reason: str | None = None
    sentence: str | None = None
    take: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """`burst_id`: the latest burst, whose person stands here. Answers about others change no moment."""

    situation: Situation = Situation()
    moment: Moment | None = None
    burst_id: str | None = None

    @property
    def rest(self) -> RestKind:
        """What is shown between two people: what somebody must mend comes first."""
        now = self.situation
        if now.camera_broken:
            return "camera_broken"
        if now.revoked:
            return "revoked"
        if now.unpaired is not None:
            return "unpaired"
        if not now.started:
            return "starting"
        if now.full:
            return "full"
        if now.fault:
            return "fault"
        return "offline" if now.offline else "ready"

    @property
    def kind(self) -> ScreenKind:
        return self.rest if self.moment is None else self.moment.kind

    @property
    def changes_at_s(self) -> float | None:
        """When time alone changes what is shown."""
        return None if self.moment is None else self.moment.until_s
