"""When a burst was captured, as the server is told it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from edge_device.clock import ServerClock
from edge_device.outbox_file import open_outbox
from edge_device.steps import Postponed, Settled
from tests.station.bench import delivering
from tests.station.fault_server import FaultServer
from tests.station.test_outbox import draft


def test_a_burst_of_this_boot_is_dated_by_the_servers_clock(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url) as bench:
            bench.put(1)
            await bench.until(Settled)
            bench.put(2)
            await bench.drained()

    with FaultServer().running() as server:
        asyncio.run(scenario(server))
    first, second = (seen.request for seen in server.seen if seen.operation == "identify")
    assert "captured_at" not in first
    assert str(second["captured_at"]).endswith("Z")


def test_a_burst_of_an_earlier_boot_is_sent_without_a_time(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        opened = open_outbox(tmp_path, boot_id="the boot before")
        opened.outbox.put(draft(1))
        opened.close()
        clock = ServerClock()
        clock.observe("Sun, 22 Nov 2026 10:00:00 GMT", sent_s=1.0, received_s=1.1)
        async with delivering(tmp_path, server.url, clock=clock) as bench:
            await bench.drained()

    with FaultServer().running() as server:
        asyncio.run(scenario(server))
    assert "captured_at" not in server.seen[0].request


def test_a_burst_captured_offline_is_dated_once_the_server_is_heard(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, "http://127.0.0.1:9") as bench:
            bench.put(1)
            await bench.until(Postponed, 2)
        clock = ServerClock()
        clock.observe("Sun, 22 Nov 2026 10:00:00 GMT", sent_s=1.0, received_s=1.1)
        async with delivering(tmp_path, server.url, clock=clock) as bench:
            await bench.drained()

    with FaultServer().running() as server:
        asyncio.run(scenario(server))
    assert str(server.seen[0].request["captured_at"]).startswith("2026-11-22T")
