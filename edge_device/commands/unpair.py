"""`facecheckin-station unpair`: the station forgets its server and its key, and keeps what it saved."""

from __future__ import annotations

import argparse
import asyncio

from edge_device.clock import boot_id
from edge_device.commands.arguments import Commands, add_state
from edge_device.identity import forget_identity
from edge_device.outbox_file import open_outbox


def add(commands: Commands) -> None:
    parser = commands.add_parser("unpair", help="forget the server and the station's own key")
    add_state(parser)
    parser.set_defaults(work=_unpair)


async def _unpair(options: argparse.Namespace) -> int:
    waiting = await asyncio.to_thread(_forget, options)
    print("This station is paired with no server. The server still lists it: an administrator can revoke it there.")
    if waiting:
        print(f"{waiting} saved and not yet sent: they go to the server that it is paired with next.")
    return 0


def _forget(options: argparse.Namespace) -> int:
    opened = open_outbox(options.state, boot_id=boot_id())
    try:
        forget_identity(options.state)
        return opened.outbox.waiting_items
    finally:
        opened.close()
