"""A delivery at work for a test, and everything it says."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from edge_device.clock import ServerClock
from edge_device.credentials import Bearer
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange, Timeouts
from edge_device.outbox import Outbox
from edge_device.outbox_file import open_outbox
from edge_device.record import Waiting
from edge_device.schedule import Pace
from edge_device.steps import Step
from tests.station.fault_server import TOKEN
from tests.station.test_outbox import draft

PACE = Pace(record_base_s=0.01, record_cap_s=0.05, link_base_s=0.02, link_cap_s=0.1, pause_base_s=0.05, pause_cap_s=0.1)
TIMEOUTS = Timeouts(connect_s=5.0, read_s=5.0, write_s=5.0, total_s=10.0)
IMPATIENT = Timeouts(connect_s=0.5, read_s=0.3, write_s=0.5, total_s=1.0)
"""Gives up on a server that hangs; on a busy machine, now and then, on one that does not."""
BOOT = "this boot"
Kind = TypeVar("Kind", bound=Step)


@dataclass
class Bench:
    """A delivery at work, and everything it said."""

    outbox: Outbox
    delivery: Delivery
    steps: list[Step] = field(default_factory=list)

    def put(self, number: int = 1, *, user_id: str | None = None) -> Waiting:
        entry = self.outbox.put(draft(number, user_id=user_id))
        self.delivery.announce(entry)
        return entry

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [step for step in self.steps if isinstance(step, kind)]

    async def until(self, kind: type[Kind], count: int = 1) -> Kind:
        async with asyncio.timeout(30):
            while len(self.of(kind)) < count:  # noqa: ASYNC110 - steps come by a plain call
                await asyncio.sleep(0.005)
        return self.of(kind)[count - 1]

    async def drained(self) -> None:
        async with asyncio.timeout(30):
            await self.delivery.drained()

    @property
    def story(self) -> list[str]:
        return [type(step).__name__ for step in self.steps]


@asynccontextmanager
async def delivering(
    folder: Path,
    url: str,
    *,
    boot: str = BOOT,
    clock: ServerClock | None = None,
    token: str = TOKEN,
    timeouts: Timeouts = TIMEOUTS,
) -> AsyncIterator[Bench]:
    opened = open_outbox(folder, boot_id=boot)
    clock = clock or ServerClock()
    exchange = Exchange(url, Bearer(lambda: token), clock, timeouts)
    steps: list[Step] = []
    delivery = Delivery(opened.outbox, exchange, clock, steps.append, boot_id=boot, pace=PACE, rng=random.Random(1))
    running = asyncio.create_task(delivery.run())
    try:
        yield Bench(opened.outbox, delivery, steps)
    finally:
        delivery.stop()
        await running
        await exchange.close()
        opened.close()
