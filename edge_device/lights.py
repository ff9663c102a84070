"""Which light goes with what is shown, and which sound with what has just happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from edge_device.presentation import Presentation, ScreenKind

Colour = Literal["off", "blue", "green", "amber", "red"]
Sound = Literal["accepted", "saved", "again", "staff", "stop"]


@dataclass(frozen=True, slots=True)
class Light:
    colour: Colour
    blinking: bool = False


OFF = Light("off")

# On, off, and how often: seconds that a buzzer sounds, is silent, and repeats.
PATTERNS: dict[Sound, tuple[float, float, int]] = {
    "accepted": (0.12, 0.0, 1),
    "saved": (0.08, 0.10, 2),
    "again": (0.35, 0.0, 1),
    "staff": (0.35, 0.20, 2),
    "stop": (0.60, 0.20, 3),
}


def light_of(shown: Presentation) -> Light:
    """Green only once the server has checked the person in; amber only once the disk has the burst, synced."""
    kind = shown.kind
    match kind:
        case "capturing":
            return Light("blue")
        case "checked_in":
            return Light("green")
        case "processing" | "saved":
            return Light("amber")
        case "retake" | "refused" | "see_staff" | "gave_up" | "pin_refused" | "pin_unreachable":
            return Light("red")
        case "unpaired" | "full" | "not_saved" | "revoked" | "camera_broken":
            return Light("red", blinking=True)
        case "starting" | "ready" | "offline" | "fault" | "pin_checking":
            return OFF
        case _:
            assert_never(kind)


def sound_of(before: ScreenKind, kind: ScreenKind) -> Sound | None:
    """One sound as the screen changes; the disk's and the server's word sound apart."""
    if before == kind:
        return None
    match kind:
        case "checked_in":
            return "accepted"
        case "saved":
            return "saved"
        case "retake":
            return "again"
        case "refused" | "see_staff" | "gave_up" | "pin_refused" | "pin_unreachable":
            return "staff"
        case "not_saved" | "camera_broken":
            return "stop"
        case _:
            return None
