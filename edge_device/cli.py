"""The command line of the station, `facecheckin-station`: each command is a file of `edge_device/commands`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from edge_device.camera import CameraFailed
from edge_device.commands import capture, doctor, pair, play, rotate_key, run, simulate, unpair
from edge_device.commands.arguments import Work
from edge_device.commands.sending import NotReady
from edge_device.device_key import KeyDamaged
from edge_device.identity import IdentityDamaged
from edge_device.outbox import OutboxFailed
from edge_device.pairing import PairingFailed
from edge_device.station import CameraLost
from edge_device.station_lock import FolderUnusable
from edge_device.station_token import NoToken
from edge_device.trigger import NoKeys

_COMMANDS = (pair, run, play, capture, simulate, doctor, rotate_key, unpair)
_FAILED = 1
_SAID_IN_A_SENTENCE = (
    CameraFailed,
    CameraLost,
    FolderUnusable,
    IdentityDamaged,
    KeyDamaged,
    NoKeys,
    NoToken,
    NotReady,
    OutboxFailed,
    PairingFailed,
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    work: Work = options.work
    try:
        return asyncio.run(_exit_status(work, options))
    except _SAID_IN_A_SENTENCE as error:
        print(f"facecheckin-station: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return 130


async def _exit_status(work: Work, options: argparse.Namespace) -> int:
    return await work(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="facecheckin-station", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser
