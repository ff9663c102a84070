"""A station without a camera, to be killed: it puts bursts into its outbox, notes each that is saved, and delivers."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import sys
import uuid
from dataclasses import replace
from pathlib import Path

from edge_device.classify import Answer
from edge_device.clock import ServerClock, boot_id
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange, Timeouts
from edge_device.outbox_file import open_outbox
from edge_device.record import Draft
from edge_device.schedule import Pace
from tests.station.fault_server import TOKEN

LEDGER_LINE_BYTES = 65
_TIMEOUTS = Timeouts(connect_s=0.5, read_s=0.3, write_s=0.5, total_s=2.0)
_PACE = Pace(record_base_s=0.02, record_cap_s=0.2, link_base_s=0.02, link_cap_s=0.2, pause_base_s=0.05, pause_cap_s=0.2)


class ExchangeWithoutBurstIds(Exchange):
    """A control: no id reaches the server, so that it cannot know a retry."""

    async def post(self, path: str, body: bytes) -> Answer:
        request = json.loads(body)
        burst_id = request.pop("burst_id", None)
        answer = await super().post(path, json.dumps(request).encode())
        try:
            document = json.loads(answer.body)
        except ValueError:
            return answer
        if burst_id is not None and "burst_id" in document:
            return replace(answer, body=json.dumps(document | {"burst_id": burst_id}).encode())
        return answer


def photograph(rng: random.Random) -> Draft:
    """No two are alike, so that the server can count what was photographed."""
    frames = tuple(rng.randbytes(rng.randrange(10_000, 40_000)) for _ in range(6))
    return Draft(burst_id=str(uuid.uuid4()), user_id=None, primary=0, jpegs=frames, monotonic_ns=1)


async def main(state: Path, ledger: Path, url: str, count: int, with_burst_ids: bool) -> None:
    rng = random.Random(os.getpid())
    opened = open_outbox(state, boot_id=boot_id())
    clock = ServerClock()
    exchange = (Exchange if with_burst_ids else ExchangeWithoutBurstIds)(url, lambda: TOKEN, clock, _TIMEOUTS)
    delivery = Delivery(opened.outbox, exchange, clock, lambda _: None, boot_id=boot_id(), pace=_PACE, rng=rng)
    delivering = asyncio.create_task(delivery.run())
    saved = os.open(ledger, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    done = os.fstat(saved).st_size // LEDGER_LINE_BYTES
    for _ in range(done, count):
        await asyncio.sleep(rng.uniform(0.05, 0.25))
        draft = photograph(rng)
        entry = opened.outbox.put(draft)
        os.write(saved, hashlib.sha256(draft.jpegs[0]).hexdigest().encode() + b"\n")
        delivery.announce(entry)
    await delivery.drained()
    delivery.stop()
    await delivering
    await exchange.close()
    opened.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5] == "with-ids"))
