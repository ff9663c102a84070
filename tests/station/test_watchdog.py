"""The watchdog's promise: pings flow while camera and sender get on, and stop when either hangs."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_device.attention import Attention, Presses
from edge_device.camera import Burst, Luminance
from edge_device.capture_settings import CaptureSettings
from edge_device.clock import ServerClock
from edge_device.credentials import Bearer
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange
from edge_device.outbox_file import open_outbox
from edge_device.watchdog import Progress, ServiceManager, watch
from tests.station.pictures import burst, scene

STALE_S = 0.4
WATCHDOG_S = 0.2


@dataclass
class Systemd:
    """What systemd is: a datagram socket that words arrive at."""

    listener: socket.socket
    environment: dict[str, str]

    def heard(self) -> list[str]:
        """Everything that was said since the last time."""
        words = []
        while True:
            try:
                words.append(self.listener.recv(4096).decode())
            except BlockingIOError:
                return words

    async def pings_within(self, seconds: float) -> int:
        self.heard()
        await asyncio.sleep(seconds)
        return self.heard().count("WATCHDOG=1")


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.setblocking(False)
        usec = str(int(WATCHDOG_S * 1e6))
        yield Systemd(listener, {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": usec, "WATCHDOG_PID": str(os.getpid())})


class Eye:
    """A camera that shows the same room, and hangs while `seeing` is not set."""

    def __init__(self) -> None:
        self.seeing = threading.Event()
        self.seeing.set()
        self.picture = scene(width=320, height=240)

    def open(self) -> None:
        pass

    def capture_burst(self) -> Burst:
        return burst(scene())

    def glance(self) -> Luminance:
        self.seeing.wait()
        return self.picture

    def close(self) -> None:
        pass


@asynccontextmanager
async def station(folder: Path, systemd: Systemd, eye: Eye) -> AsyncIterator[Delivery]:
    """The camera's loop and the sender's loop, as the program has them, and the watchdog beside them."""
    progress = Progress(stale_after_s=STALE_S)
    opened = open_outbox(folder, boot_id="this boot")
    clock = ServerClock()
    exchange = Exchange("http://127.0.0.1:9", Bearer(lambda: "token"), clock)
    delivery = Delivery(
        opened.outbox,
        exchange,
        clock,
        lambda _: None,
        boot_id="this boot",
        progressed=progress.sender,
        longest_sleep_s=0.05,
    )
    attention = Attention(eye, CaptureSettings, Presses(), progressed=progress.camera, looks_per_s=50)
    tasks = [
        asyncio.create_task(delivery.run()),
        asyncio.create_task(attention.next()),
        asyncio.create_task(watch(ServiceManager(systemd.environment), progress)),
    ]
    try:
        yield delivery
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await exchange.close()
        opened.close()


def test_pings_flow_while_both_loops_get_on(tmp_path: Path, systemd: Systemd) -> None:
    async def scenario() -> int:
        async with station(tmp_path, systemd, Eye()):
            return await systemd.pings_within(1.0)

    assert asyncio.run(scenario()) >= 10


def test_a_hung_camera_stops_the_pings_and_is_named(tmp_path: Path, systemd: Systemd) -> None:
    async def scenario() -> tuple[int, list[str]]:
        eye = Eye()
        async with station(tmp_path, systemd, eye):
            await asyncio.sleep(0.1)
            eye.seeing.clear()
            await asyncio.sleep(STALE_S + 0.2)
            said = systemd.heard()
            silent = await systemd.pings_within(0.4)
            eye.seeing.set()
            return silent, said

    silent, said = asyncio.run(scenario())
    assert silent == 0
    assert "STATUS=the camera stands still; waiting to be restarted" in said


def test_a_hung_sender_stops_the_pings_and_is_named(
    tmp_path: Path, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> tuple[int, list[str]]:
        async with station(tmp_path, systemd, Eye()) as delivery:
            await asyncio.sleep(0.1)
            # An attempt that never lands, longer ago than any may take.
            stuck = asyncio.create_task(asyncio.sleep(3600))
            delivery._tasks[stuck] = -1e9
            await asyncio.sleep(STALE_S + 0.2)
            said = systemd.heard()
            silent = await systemd.pings_within(0.4)
            delivery._tasks.pop(stuck)
            stuck.cancel()
            return silent, said

    silent, said = asyncio.run(scenario())
    assert silent == 0
    assert "STATUS=the sender stands still; waiting to be restarted" in said


def test_a_camera_that_comes_back_is_pinged_for_again(tmp_path: Path, systemd: Systemd) -> None:
    async def scenario() -> int:
        eye = Eye()
        async with station(tmp_path, systemd, eye):
            eye.seeing.clear()
            await asyncio.sleep(STALE_S + 0.2)
            eye.seeing.set()
            await asyncio.sleep(0.1)
            return await systemd.pings_within(0.5)

    assert asyncio.run(scenario()) >= 4


def test_the_manager_is_told_when_the_station_is_ready_and_how_it_is(systemd: Systemd) -> None:
    manager = ServiceManager(systemd.environment)
    manager.ready()
    manager.status("ready, 0 waiting\nand a second line that is left out")
    manager.stopping()
    assert systemd.heard() == ["READY=1", "STATUS=ready, 0 waiting", "STOPPING=1"]


@pytest.mark.parametrize(
    "environment", [{}, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"}]
)
def test_without_a_watchdog_of_its_own_nothing_is_pinged(environment: dict[str, str]) -> None:
    manager = ServiceManager(environment)
    assert manager.watchdog_s is None
    asyncio.run(asyncio.wait_for(watch(manager, Progress()), 1))


def test_a_manager_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
