"""Lights, buzzer and button on gpiozero's own mock pins, and a machine that has no pins at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from edge_device.commands.panel import examine_panel
from edge_device.happenings import Opened
from edge_device.lights import PATTERNS, Light
from edge_device.panel_pins import NoPins, Panel, Wiring
from edge_device.presentation import Timings
from edge_device.presenter import Presenter, on_panel
from edge_device.steps import Triggered
from tests.station.test_presenting import captured, identified, saved

WIRING = Wiring(lamp_pins=(17, 27, 22), buzzer_pin=18, button_pin=23)


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    before = Device.pin_factory
    Device.pin_factory = MockFactory(pin_class=MockPWMPin)
    yield Device.pin_factory
    Device.pin_factory.reset()
    Device.pin_factory = before


def lit(pins: MockFactory, wiring: Wiring = WIRING) -> list[float]:
    assert wiring.lamp_pins is not None
    return [round(float(pins.pin(number).state), 2) for number in wiring.lamp_pins]


@pytest.mark.parametrize(
    ("light", "expected"),
    [
        (Light("blue"), [0, 0, 1]),
        (Light("green"), [0, 1, 0]),
        (Light("amber"), [1, 0.45, 0]),
        (Light("red"), [1, 0, 0]),
        (Light("off"), [0, 0, 0]),
    ],
)
def test_each_light_is_its_colour(pins: MockFactory, light: Light, expected: list[float]) -> None:
    panel = Panel(WIRING, lambda: None)
    panel.show(Light("red"))
    panel.show(light)
    assert lit(pins) == expected
    panel.close()


def test_three_lights_that_only_switch_show_amber_as_red_and_green(pins: MockFactory) -> None:
    panel = Panel(Wiring(lamp_pins=(5, 6, 13), lamp="three"), lambda: None)
    panel.show(Light("amber"))
    assert [bool(pins.pin(number).state) for number in (5, 6, 13)] == [True, True, False]
    panel.close()


def test_a_common_anode_is_lit_by_a_low_pin(pins: MockFactory) -> None:
    panel = Panel(Wiring(lamp_pins=(17, 27, 22), common_anode=True), lambda: None)
    panel.show(Light("green"))
    assert lit(pins) == [1, 0, 1]
    panel.close()


def test_a_blinking_light_goes_on_and_off_and_stops_with_the_next(pins: MockFactory) -> None:
    panel = Panel(WIRING, lambda: None)
    red = pins.pin(17)
    panel.show(Light("red", blinking=True))
    panel.show(Light("green"))
    assert lit(pins) == [0, 1, 0]
    assert any(state.state for state in red.states)
    panel.close()


def test_the_buzzer_sounds(pins: MockFactory) -> None:
    panel = Panel(WIRING, lambda: None)
    buzzer = pins.pin(18)
    buzzer.clear_states()
    sounded = threading.Event()
    change = buzzer._change_state

    def listen(value: bool) -> None:
        change(value)
        if value:
            sounded.set()

    buzzer._change_state = listen
    panel.sound("staff")
    assert sounded.wait(30)
    panel.close()
    assert PATTERNS["staff"][2] == 2


def test_a_press_of_the_button_is_heard(pins: MockFactory) -> None:
    pressed = threading.Event()
    panel = Panel(WIRING, pressed.set)
    assert not pressed.is_set()
    pins.pin(23).drive_low()
    assert pressed.wait(30)
    panel.close()


def test_the_lamp_follows_a_check_in_and_is_green_only_at_its_end(pins: MockFactory) -> None:
    async def story() -> list[list[float]]:
        presenter = Presenter(Timings(checked_in_s=0.05))
        panel = Panel(WIRING, lambda: None)
        presenter.watch(on_panel(panel))
        seen = []
        for happening in (Opened(), Triggered(take=1), captured(), saved(), identified()):
            presenter.tell(happening)
            seen.append(lit(pins))
        ended = asyncio.Event()
        presenter.watch(lambda shown: ended.set() if shown.moment is None else None)
        await asyncio.wait_for(ended.wait(), 30)
        seen.append(lit(pins))
        presenter.close()
        panel.close()
        return seen

    off, blue, amber, green = [0, 0, 0], [0, 0, 1], [1, 0.45, 0], [0, 1, 0]
    assert asyncio.run(story()) == [off, blue, blue, amber, green, off]


def test_a_machine_without_pins_says_so_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "lgpio")
    with pytest.raises(NoPins):
        Panel(WIRING, lambda: None)
    finding = examine_panel(WIRING)[0]
    assert finding.well is False
    assert "lights, buzzer or button" in finding.sentence


def test_the_doctor_asks_nothing_of_a_station_without_a_panel_and_tries_one_that_has_it(pins: MockFactory) -> None:
    assert examine_panel(Wiring()) == []
    assert [finding.well for finding in examine_panel(WIRING)] == [True]
