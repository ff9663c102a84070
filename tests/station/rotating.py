"""A station that does nothing but replace its key, to be killed."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from edge_device.clock import ServerClock
from edge_device.credentials import Signing
from edge_device.exchange import Exchange, Unreachable
from edge_device.identity import Identity
from edge_device.rotation import Rotation


async def main(folder: Path) -> None:
    identity = Identity(folder)
    assert identity.pairing is not None
    clock = ServerClock()
    exchange = Exchange(identity.pairing.server, Signing(lambda: identity.keys), clock)
    rotation = Rotation(identity, exchange, clock, lambda _: None)
    while True:
        with contextlib.suppress(Unreachable):
            await rotation.rotate()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
