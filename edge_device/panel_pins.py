"""Lights, buzzer and button on the Pi's pins, through gpiozero; a machine without pins says so by name."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge_device.lights import OFF, PATTERNS, Colour, Light, Sound

if TYPE_CHECKING:
    from gpiozero import RGBLED, Button, Buzzer

LampKind = Literal["rgb", "three"]

_BLINK_S = 0.4
_BOUNCE_S = 0.05
# An amber that is not yellow needs less green; lamps that only switch show red and green together.
_DIMMED: dict[Colour, tuple[float, float, float]] = {
    "off": (0, 0, 0),
    "blue": (0, 0, 1),
    "green": (0, 1, 0),
    "amber": (1, 0.45, 0),
    "red": (1, 0, 0),
}
_SWITCHED = _DIMMED | {"amber": (1, 1, 0)}


class NoPins(Exception):
    """This machine has no pins, or somebody else holds them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Numbers of pins as the Broadcom chip counts them (GPIO17 is 17); None where nothing is connected.

    `lamp_pins`: red, green, blue. `lamp`: one RGB light that can be dimmed, or three lights that are on or off.
    `common_anode`: the light's long leg is at 3.3 V, so that a pin that is low lights it.
    """

    lamp_pins: tuple[int, int, int] | None = None
    lamp: LampKind = "rgb"
    common_anode: bool = False
    buzzer_pin: int | None = None
    button_pin: int | None = None

    @property
    def empty(self) -> bool:
        return self.lamp_pins is None and self.buzzer_pin is None and self.button_pin is None


class Panel:
    """Owned by one thread. gpiozero blinks, beeps and watches the button in threads of its own."""

    def __init__(self, wiring: Wiring, pressed: Callable[[], None]) -> None:
        """`pressed` is called from gpiozero's thread. Raises `NoPins`."""
        self._colours = _DIMMED if wiring.lamp == "rgb" else _SWITCHED
        self._lamp: RGBLED | None = None
        self._buzzer: Buzzer | None = None
        self._button: Button | None = None
        self._light = OFF
        try:
            import gpiozero

            # Without pins gpiozero warns of each library it tried before it raises.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if wiring.lamp_pins is not None:
                    self._lamp = gpiozero.RGBLED(
                        *wiring.lamp_pins, active_high=not wiring.common_anode, pwm=wiring.lamp == "rgb"
                    )
                if wiring.buzzer_pin is not None:
                    self._buzzer = gpiozero.Buzzer(wiring.buzzer_pin)
                if wiring.button_pin is not None:
                    self._button = gpiozero.Button(wiring.button_pin, bounce_time=_BOUNCE_S)
                    self._button.when_pressed = pressed
        except Exception as error:  # each of gpiozero's pin libraries raises errors of its own
            self.close()
            raise NoPins(_sentence(error)) from error

    def show(self, light: Light) -> None:
        if self._lamp is None or light == self._light:
            return
        self._light = light
        colour = self._colours[light.colour]
        if light.blinking:
            self._lamp.blink(on_time=_BLINK_S, off_time=_BLINK_S, on_color=colour)
        else:
            self._lamp.color = colour

    def sound(self, sound: Sound) -> None:
        if self._buzzer is not None:
            on_s, off_s, count = PATTERNS[sound]
            self._buzzer.beep(on_time=on_s, off_time=off_s, n=count)

    def close(self) -> None:
        for device in (self._lamp, self._buzzer, self._button):
            if device is not None:
                device.close()


def _sentence(error: Exception) -> str:
    name = type(error).__name__
    if name == "BadPinFactory":
        return "no pin factory: on a Pi run apt install python3-lgpio, and be a member of the group gpio"
    if isinstance(error, ImportError):
        return f"gpiozero is not installed ({error}); it comes with the package's station extra"
    return f"{name}: {error}"
