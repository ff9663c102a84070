"""What people are shown besides the steps: that the station is open, how it is set, and the other route by PIN."""

from __future__ import annotations

from dataclasses import dataclass

from edge_device.capture_settings import CaptureMode
from edge_device.pushed_settings import Language
from edge_device.steps import Step


@dataclass(frozen=True, slots=True)
class Opened:
    """Camera, outbox and delivery are ready: the next person can come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """How the station is to speak, and what starts a burst: from the settings in force."""

    language: Language
    mode: CaptureMode


@dataclass(frozen=True, slots=True)
class PinSent:
    """A PIN is under way to the server. It is kept nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinAccepted:
    """The server has checked this person in."""

    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRefused:
    """The server took no PIN; its own sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PinUnreachable:
    """No answer came, and a PIN is not kept to be sent later. `arrived`: the server may have checked them in."""

    arrived: bool


Happening = Step | Opened | Tuned | PinSent | PinAccepted | PinRefused | PinUnreachable
