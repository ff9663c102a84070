"""Several stations in a process that will be killed: each checks people in, notes what was saved, and delivers it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from edge_device.camera import Burst
from edge_device.classify import Answer
from edge_device.clock import ServerClock, boot_id
from edge_device.credentials import Bearer
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange, Timeouts
from edge_device.outbox_file import open_outbox
from edge_device.schedule import Pace
from edge_device.station import Station
from edge_device.steps import Captured, Saved, Step
from tests.station.torture.photographs import Photographer

Kind = Literal["real", "no-key", "in-memory"]
LEDGER_LINE_BYTES = 65
TIMEOUTS = Timeouts(connect_s=0.5, read_s=0.9, write_s=0.5, total_s=2.0)
PACE = Pace(record_base_s=0.1, record_cap_s=0.5, link_base_s=0.2, link_cap_s=0.6, pause_base_s=0.1, pause_cap_s=0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What one process plays: a station in `folder` for each token, `check_ins` each, `interval_s` apart on average.

    `no-key`: no request can be known as a retry. `in-memory`: what waits dies with the process.
    """

    kind: Kind
    folder: str
    url: str
    tokens: dict[str, str]
    check_ins: int
    interval_s: float

    def ledger(self, name: str) -> Path:
        return Path(self.folder) / name / "ledger"


class ExchangeWithoutKeys(Exchange):
    """A control: each attempt has a burst id of its own, which is as good as none."""

    async def post(self, path: str, body: bytes, *, backlog: bool = False, burst_id: str | None = None) -> Answer:
        request = json.loads(body)
        if "burst_id" not in request:
            return await super().post(path, body)
        burst_id = request["burst_id"]
        request["burst_id"] = another = str(uuid.uuid4())
        answer = await super().post(path, json.dumps(request).encode())
        return replace(answer, body=answer.body.replace(another.encode(), burst_id.encode()))


class Ledger:
    """What people were told is "saved", by the digest that the server records of a request for the primary frame."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._primary = b""

    @property
    def lines(self) -> int:
        return os.fstat(self._file).st_size // LEDGER_LINE_BYTES

    def listen(self, camera: WatchedPhotographer, step: Step) -> None:
        match step:
            case Captured():
                self._primary = camera.last[step.primary]
            case Saved():
                os.write(self._file, request_digest(self._primary).encode() + b"\n")
            case _:
                pass


class WatchedPhotographer(Photographer):
    """Keeps the last burst, so that the ledger can name its frames."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.last: tuple[bytes, ...] = ()

    def capture_burst(self) -> Burst:
        burst = super().capture_burst()
        self.last = tuple(frame.jpeg for frame in burst.frames)
        return burst


def request_digest(jpeg: bytes) -> str:
    """As the event `checkin.started.v1` holds it, of a request that names nobody."""
    return hashlib.sha256(len(jpeg).to_bytes(8, "big") + jpeg).hexdigest()


async def play(orders: Orders) -> None:
    async with asyncio.TaskGroup() as group:
        for name, token in orders.tokens.items():
            group.create_task(_station(orders, name, token))


async def _station(orders: Orders, name: str, token: str) -> None:
    rng = random.Random(f"{name} {os.getpid()}")
    folder = Path(orders.folder) / name
    opened = open_outbox(
        folder / (f"outbox-{os.getpid()}" if orders.kind == "in-memory" else "outbox"), boot_id=boot_id()
    )
    clock, ledger, camera = ServerClock(), Ledger(orders.ledger(name)), WatchedPhotographer(rng)
    exchange = (ExchangeWithoutKeys if orders.kind == "no-key" else Exchange)(
        orders.url, Bearer(lambda: token), clock, TIMEOUTS
    )

    def listen(step: Step) -> None:
        ledger.listen(camera, step)

    delivery = Delivery(opened.outbox, exchange, clock, listen, boot_id=boot_id(), pace=PACE, rng=rng)
    station = Station(camera, opened.outbox, delivery, listen, choose=False)
    delivering = asyncio.create_task(delivery.run())
    for _ in range(ledger.lines, orders.check_ins):
        await asyncio.sleep(rng.uniform(0.0, 2 * orders.interval_s))
        await station.check_in()
    await delivery.drained()
    delivery.stop()
    await delivering
    await exchange.close()
    opened.close()
