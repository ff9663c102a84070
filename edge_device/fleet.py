"""Many stations in one process, each with its own outbox, delivery and clock, checking people in at a set rate."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from edge_device.camera import Burst, Camera, Luminance
from edge_device.clock import ServerClock, boot_id
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange, Timeouts
from edge_device.fleet_tally import FleetReport, FleetTally
from edge_device.outbox_file import open_outbox
from edge_device.running import StationSettings
from edge_device.schedule import Pace
from edge_device.station import Station
from edge_device.steps import OutboxMovedAside


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """`rate_per_s`: check-ins of all `stations` together. `check_ins`: how many, until stopped where None.

    `drain_wait_s`: how long, after the last check-in, what waits may still take.
    """

    stations: int
    rate_per_s: float
    check_ins: int | None = None
    drain_wait_s: float = 60.0
    report_every_s: float = 1.0
    pace: Pace | None = None
    timeouts: Timeouts | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One station of the fleet at work."""

    station: Station
    delivery: Delivery
    delivering: asyncio.Task[None]


async def play_fleet(
    settings: StationSettings, camera: Camera, plan: FleetPlan, on_progress: Callable[[FleetTally, float], None]
) -> FleetReport:
    """Plays until `plan.check_ins`, SIGTERM or SIGINT. `settings.state` gets a folder for each station.

    `on_progress` hears the tally so far and the seconds since the start. Raises `CameraFailed` and `OutboxFailed`.
    """
    tally = FleetTally()
    camera.open()
    async with AsyncExitStack() as stack:
        stack.callback(camera.close)
        shared = SharedCamera(camera)
        members = [
            await stack.enter_async_context(_member(settings, number, shared, plan, tally))
            for number in range(plan.stations)
        ]
        begun_s = time.monotonic()
        playing = asyncio.create_task(_play(members, plan))
        reporting = asyncio.create_task(_report_for_ever(tally, plan.report_every_s, begun_s, on_progress))
        stopping = asyncio.create_task(_stop_signal().wait())
        ends = (playing, stopping, *(member.delivering for member in members))
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (playing, reporting, stopping):
                task.cancel()
            results = await asyncio.gather(playing, reporting, stopping, return_exceptions=True)
        _raise_what_failed(results)
        left = sum(member.delivery.waiting for member in members)
        return tally.report(stations=plan.stations, wall_s=time.monotonic() - begun_s, left=left)


class SharedCamera:
    """One camera for every station of a fleet: each burst goes to whichever asks next. Any thread may call."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._lock = threading.Lock()

    def open(self) -> None:
        """It is open while the fleet plays."""

    def capture_burst(self) -> Burst:
        with self._lock:
            return self._camera.capture_burst()

    def glance(self) -> Luminance:
        with self._lock:
            return self._camera.glance()

    def close(self) -> None:
        """The others still need it."""


@asynccontextmanager
async def _member(
    settings: StationSettings, number: int, camera: Camera, plan: FleetPlan, tally: FleetTally
) -> AsyncIterator[Member]:
    """Delivers until left; what is under way then has a moment to finish."""
    boot, clock = boot_id(), ServerClock()
    opened = await asyncio.to_thread(open_outbox, settings.state / f"station-{number + 1:03d}", boot_id=boot)
    exchange = Exchange(settings.server, settings.credentials, clock, plan.timeouts)
    try:
        if opened.moved_aside is not None:
            tally.listen(OutboxMovedAside(path=str(opened.moved_aside)))
        tally.find(opened.outbox.waiting())
        delivery = Delivery(opened.outbox, exchange, clock, tally.listen, boot_id=boot, pace=plan.pace)
        station = Station(camera, opened.outbox, delivery, tally.listen, choose=settings.choose)
        delivering = asyncio.create_task(delivery.run())
        try:
            yield Member(station, delivery, delivering)
        finally:
            delivery.stop()
            await delivering
    finally:
        await exchange.close()
        opened.close()


async def _play(members: list[Member], plan: FleetPlan) -> None:
    start_s = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, member in enumerate(members):
            group.create_task(_check_in_on_time(member.station, number, plan, start_s))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(plan.drain_wait_s):
            await asyncio.gather(*(member.delivery.drained() for member in members))


async def _check_in_on_time(station: Station, number: int, plan: FleetPlan, start_s: float) -> None:
    """Arrivals are spread evenly, and do not wait for answers: a station that is behind takes the next at once."""
    arrival = number
    while plan.check_ins is None or arrival < plan.check_ins:
        await asyncio.sleep(max(0.0, start_s + arrival / plan.rate_per_s - time.monotonic()))
        await station.check_in()
        arrival += plan.stations


async def _report_for_ever(
    tally: FleetTally, every_s: float, begun_s: float, on_progress: Callable[[FleetTally, float], None]
) -> None:
    while True:
        await asyncio.sleep(every_s)
        on_progress(tally, time.monotonic() - begun_s)


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


def _raise_what_failed(results: Sequence[object]) -> None:
    for result in results:
        if isinstance(result, BaseExceptionGroup):
            raise result.exceptions[0]
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result
