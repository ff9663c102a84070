"""A station that is paired with a fault server: its delivery and its upkeep at work for a test."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edge_device.clock import ServerClock
from edge_device.credentials import Signing
from edge_device.delivered import Delivered
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange
from edge_device.identity import Identity, Pairing
from edge_device.identity_contract import HEARTBEAT_PATH
from edge_device.identity_steps import Accepted, Revoked
from edge_device.outbox_file import open_outbox
from edge_device.pushed_settings import SettingsInForce
from edge_device.rotation import Rotation
from edge_device.steps import Step
from edge_device.upkeep import Upkeep
from tests.station.bench import BOOT, PACE, TIMEOUTS, Bench
from tests.station.fault_server import FaultServer


@dataclass(kw_only=True)
class PairedBench(Bench):
    """Everything of a paired station that a test may want to look at."""

    identity: Identity
    exchange: Exchange
    clock: ServerClock
    settings: SettingsInForce
    rotation: Rotation
    upkeep: Upkeep


def enlisted(folder: Path, server: FaultServer) -> Identity:
    """An identity that the server knows, without the steps of pairing."""
    folder.mkdir(parents=True, exist_ok=True)
    identity = Identity(folder)
    office = server.office
    if identity.pairing is None:
        office.station_id = "7d4f3f0e-0000-4000-8000-000000000001"
        office.station_key = identity.keys.made().public_bytes
        identity.confirm(
            Pairing(server=server.url, station_id=office.station_id, name=office.name, room=office.room, key_since=None)
        )
    return identity


@asynccontextmanager
async def paired(
    folder: Path, server: FaultServer, *, key_life: timedelta | None = None, progress_every_s: float = 0.0
) -> AsyncIterator[PairedBench]:
    identity = enlisted(folder, server)
    clock = ServerClock()
    signing = Signing(lambda: identity.keys)
    settings = SettingsInForce(folder)
    steps: list[Step] = []
    opened = open_outbox(folder, boot_id=BOOT)
    exchange = Exchange(server.url, signing, clock, TIMEOUTS, language=lambda: settings.current.language)
    delivery = Delivery(opened.outbox, exchange, clock, steps.append, boot_id=BOOT, pace=PACE, rng=random.Random(1))
    signing.on_change = lambda code: steps.append(
        Accepted(waiting=delivery.waiting)
        if code is None
        else Revoked(code=code, sentence="", waiting=delivery.waiting)
    )
    rotation = Rotation(identity, exchange, clock, steps.append, after=key_life)
    upkeep = Upkeep(
        exchange,
        opened.outbox,
        clock,
        Delivered(opened.outbox, clock, lambda: None),
        settings,
        steps.append,
        camera=lambda: "ok",
        identity=identity,
        rotation=rotation,
        progress_every_s=progress_every_s,
    )
    running = asyncio.create_task(delivery.run())
    try:
        yield PairedBench(
            outbox=opened.outbox,
            delivery=delivery,
            steps=steps,
            identity=identity,
            exchange=exchange,
            clock=clock,
            settings=settings,
            rotation=rotation,
            upkeep=upkeep,
        )
    finally:
        delivery.stop()
        await running
        await exchange.close()
        opened.close()


async def is_known(folder: Path, server: FaultServer) -> bool:
    """Started afresh from what is on the disk: does the server accept it?"""
    identity = Identity(folder)
    exchange = Exchange(server.url, Signing(lambda: identity.keys), ServerClock(), TIMEOUTS)
    try:
        return (await exchange.post(HEARTBEAT_PATH, b"{}")).status == 200
    finally:
        await exchange.close()
