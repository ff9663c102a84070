"""`facecheckin-station pair`: shows the code that an administrator is to approve, and waits until one has."""

from __future__ import annotations

import argparse
import sys

from edge_device.commands.arguments import Commands, add_name, add_state, server
from edge_device.commands.sending import server_of
from edge_device.console import printing
from edge_device.credentials import STATION_REFUSED, Signing
from edge_device.identity import Identity, Pairing
from edge_device.identity_steps import Paired, PairingCode
from edge_device.pairing import PairingPlan, pair
from edge_device.standing import standing
from edge_device.station_lock import locked
from edge_device.steps import Listener, Step

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def add(commands: Commands) -> None:
    parser = commands.add_parser("pair", help="make the station known to a server: an administrator approves a code")
    parser.add_argument("--server", type=server, metavar="URL", help="base address of the server")
    parser.add_argument("--json", action="store_true", help="print each step as a line of JSON")
    add_name(parser)
    add_state(parser)
    parser.set_defaults(work=_pair)


async def _pair(options: argparse.Namespace) -> int:
    """A station whose key the server refuses is paired anew; what it saved goes on afterwards."""
    with locked(options.state):
        identity = Identity(options.state)
        address = server_of(identity, options)
        if identity.pairing is not None:
            code = await standing(address, Signing(lambda: identity.keys))
            if code not in STATION_REFUSED:
                return _already(identity.pairing)
            identity.forget()
        listener = printing(as_json=True) if options.json else _on_a_terminal()
        await pair(identity, PairingPlan(server=address, name=options.name), listener)
    return 0


def _already(pairing: Pairing) -> int:
    place = f" in {pairing.room}" if pairing.room else ""
    print(f"This station is paired with {pairing.server} already, as {pairing.name}{place}.")
    print("To pair it anew: facecheckin-station unpair")
    return 0


def _on_a_terminal() -> Listener:
    say = printing(as_json=False)

    def listen(step: Step) -> None:
        match step:
            case PairingCode():
                print(_framed(step.code))
                print(f"{step.sentence} The code ends at {step.expires_at}.\n", flush=True)
            case Paired():
                place = f" in {step.room}" if step.room else ""
                print(f"Paired: this station is {step.name}{place}. Start it with: facecheckin-station run", flush=True)
            case _:
                say(step)

    return listen


def _framed(code: str) -> str:
    letters = "  ".join(code)
    shown = f"{_BOLD}{letters}{_PLAIN}" if sys.stdout.isatty() else letters
    edge = "─" * (len(letters) + 8)
    blank = " " * (len(letters) + 8)
    return f"\n  ┌{edge}┐\n  │{blank}│\n  │    {shown}    │\n  │{blank}│\n  └{edge}┘\n"
