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

STALE_S = 20.0
WATCHDOG_S = 0.04
WITHIN_S = 30.0
PING = "WATCHDOG=1"


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

    async def until(self, word: str) -> None:
        """Return with the next `word`; what was said before it is let go."""
        async with asyncio.timeout(WITHIN_S):
            while await asyncio.get_running_loop().sock_recv(self.listener, 4096) != word.encode():
                pass


class Watched(Progress):
    """On a clock that is moved by hand, and counted: what the camera and the sender did, and who asked for it."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.looks = self.rounds = self.asked = 0
        super().__init__(stale_after_s=STALE_S, now=lambda: self.now_s)

    def camera(self) -> None:
        self.looks += 1
        super().camera()

    def sender(self) -> None:
        self.rounds += 1
        super().sender()

    @property
    def stuck(self) -> str | None:
        self.asked += 1
        return super().stuck

    async def until(self, *, looks: int = 0, rounds: int = 0, asked: int = 0) -> None:
        """Return once there were so many more."""
        wanted = (self.looks + looks, self.rounds + rounds, self.asked + asked)
        async with asyncio.timeout(WITHIN_S):
            while self.looks < wanted[0] or self.rounds < wanted[1] or self.asked < wanted[2]:  # noqa: ASYNC110
                await asyncio.sleep(0.002)


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
        self.waited = threading.Event()
        self.picture = scene(width=320, height=240)

    def open(self) -> None:
        pass

    def capture_burst(self) -> Burst:
        return burst(scene())

    def glance(self) -> Luminance:
        if not self.seeing.is_set():
            self.waited.set()
        self.seeing.wait()
        return self.picture

    def close(self) -> None:
        pass

    async def hang(self) -> None:
        """Return once somebody waits for a picture; every one before it was told of."""
        self.seeing.clear()
        assert await asyncio.to_thread(self.waited.wait, WITHIN_S)


@dataclass
class Station:
    delivery: Delivery
    progress: Watched


@asynccontextmanager
async def station(folder: Path, systemd: Systemd, eye: Eye) -> AsyncIterator[Station]:
    """The camera's loop and the sender's loop, as the program has them, and the watchdog beside them."""
    progress = Watched()
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
        longest_sleep_s=0.01,
    )
    attention = Attention(eye, CaptureSettings, Presses(), progressed=progress.camera, looks_per_s=200)
    tasks = [
        asyncio.create_task(delivery.run()),
        asyncio.create_task(attention.next()),
        asyncio.create_task(watch(ServiceManager(systemd.environment), progress)),
    ]
    try:
        yield Station(delivery, progress)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await exchange.close()
        opened.close()


def test_pings_flow_while_both_loops_get_on(tmp_path: Path, systemd: Systemd) -> None:
    async def scenario() -> None:
        async with station(tmp_path, systemd, Eye()) as at_work:
            for _ in range(6):
                at_work.progress.now_s += 0.6 * STALE_S
                await at_work.progress.until(looks=1, rounds=1)
                systemd.heard()
                await systemd.until(PING)

    asyncio.run(scenario())


async def silent(systemd: Systemd, progress: Watched) -> bool:
    """Whether the watchdog, asked a few times more, says nothing."""
    systemd.heard()
    await progress.until(asked=5)
    return systemd.heard() == []


def test_a_hung_camera_stops_the_pings_is_named_and_is_pinged_for_when_it_comes_back(
    tmp_path: Path, systemd: Systemd
) -> None:
    async def scenario() -> None:
        eye = Eye()
        async with station(tmp_path, systemd, eye) as at_work:
            await systemd.until(PING)
            await eye.hang()
            at_work.progress.now_s += 1.5 * STALE_S
            await systemd.until("STATUS=the camera stands still; waiting to be restarted")
            assert await silent(systemd, at_work.progress)
            eye.seeing.set()
            await systemd.until(PING)

    asyncio.run(scenario())


def test_a_hung_sender_stops_the_pings_and_is_named(tmp_path: Path, systemd: Systemd) -> None:
    async def scenario() -> None:
        async with station(tmp_path, systemd, Eye()) as at_work:
            await systemd.until(PING)
            # An attempt that never lands, longer ago than any may take.
            stuck = asyncio.create_task(asyncio.sleep(3600))
            at_work.delivery._tasks[stuck] = -1e9
            at_work.progress.now_s += 1.5 * STALE_S
            await systemd.until("STATUS=the sender stands still; waiting to be restarted")
            assert await silent(systemd, at_work.progress)
            at_work.delivery._tasks.pop(stuck)
            stuck.cancel()

    asyncio.run(scenario())


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
    asyncio.run(asyncio.wait_for(watch(manager, Progress()), WITHIN_S))


def test_a_manager_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
