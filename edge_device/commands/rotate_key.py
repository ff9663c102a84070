"""`facecheckin-station rotate-key`: the station's own key is replaced now."""

from __future__ import annotations

import argparse
import sys

from edge_device.clock import ServerClock
from edge_device.commands.arguments import Commands, add_state
from edge_device.commands.sending import NotReady
from edge_device.console import printing
from edge_device.credentials import Signing
from edge_device.exchange import Exchange, Unreachable
from edge_device.identity import Identity
from edge_device.rotation import Rotation
from edge_device.standing import SHORT_TIMEOUTS
from edge_device.station_lock import locked


def add(commands: Commands) -> None:
    parser = commands.add_parser(
        "rotate-key", help="replace the station's own key now; a running station does so itself"
    )
    parser.add_argument("--json", action="store_true", help="print each step as a line of JSON")
    add_state(parser)
    parser.set_defaults(work=_rotate)


async def _rotate(options: argparse.Namespace) -> int:
    with locked(options.state):
        identity = Identity(options.state)
        if identity.pairing is None:
            raise NotReady("this station is not paired: run facecheckin-station pair --server URL")
        clock = ServerClock()
        exchange = Exchange(identity.pairing.server, Signing(lambda: identity.keys), clock, SHORT_TIMEOUTS)
        try:
            rotated = await Rotation(identity, exchange, clock, printing(as_json=options.json)).rotate()
            reason = "the server did not confirm it"
        except Unreachable as error:
            rotated, reason = False, f"no answer: {error.reason}"
        finally:
            await exchange.close()
    if not rotated:
        print(
            f"facecheckin-station: the key is not replaced ({reason}); the station goes on with it, and tries again",
            file=sys.stderr,
        )
    return 0 if rotated else 1
