"""The options for lights, buzzer, button and display, and the finding about the pins."""

from __future__ import annotations

import argparse

from edge_device.doctor import Finding
from edge_device.kiosk.server import KIOSK_PORT
from edge_device.lights import Light
from edge_device.panel_pins import NoPins, Panel, Wiring

_HIGHEST_PIN = 27


def add_panel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lamp-pins", type=_three_pins, metavar="R,G,B", help="pins of a red, a green and a blue light, as in 17,27,22"
    )
    parser.add_argument(
        "--lamp", choices=["rgb", "three"], default="rgb", help="one RGB light, or three that only switch"
    )
    parser.add_argument("--common-anode", action="store_true", help="the RGB light's long leg is at 3.3 V")
    parser.add_argument("--buzzer-pin", type=_pin, metavar="N", help="pin of an active buzzer")
    parser.add_argument("--button-pin", type=_pin, metavar="N", help="pin of a button to ground")


def add_kiosk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--kiosk",
        type=_port,
        nargs="?",
        const=KIOSK_PORT,
        metavar="PORT",
        help=f"serve the page for an attached display on this machine's port PORT, by default {KIOSK_PORT}",
    )


def wiring_of(options: argparse.Namespace) -> Wiring:
    return Wiring(
        lamp_pins=options.lamp_pins,
        lamp=options.lamp,
        common_anode=options.common_anode,
        buzzer_pin=options.buzzer_pin,
        button_pin=options.button_pin,
    )


def examine_panel(wiring: Wiring) -> list[Finding]:
    """Nothing where nothing is connected. The lamp flashes and the buzzer sounds, for whoever looks on."""
    if wiring.empty:
        return []
    try:
        panel = Panel(wiring, lambda: None)
    except NoPins as error:
        return [Finding("pins", False, f"The lights, buzzer or button do not work: {error}.")]
    panel.show(Light("green"))
    panel.sound("accepted")
    panel.close()
    return [Finding("pins", True, "The pins can be used; what hangs on them cannot be asked.")]


def _pin(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > _HIGHEST_PIN:
        raise argparse.ArgumentTypeError(f"must be the number of a GPIO, 0 to {_HIGHEST_PIN}")
    return int(text)


def _three_pins(text: str) -> tuple[int, int, int]:
    pins = [_pin(part) for part in text.split(",")]
    if len(set(pins)) != 3:
        raise argparse.ArgumentTypeError("must be three different numbers: red, green, blue")
    return pins[0], pins[1], pins[2]


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError("must be a port, 1 to 65535")
    return int(text)
