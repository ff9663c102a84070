"""The station's two programs: play a folder of bursts to the end, or run with a camera and a trigger until stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from edge_device.bounded import bounded
from edge_device.camera import Camera, CameraEnded
from edge_device.clock import ServerClock, boot_id
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange, Unreachable
from edge_device.outbox_file import open_outbox
from edge_device.station import CameraLost, Station
from edge_device.steps import Listener, OutboxMovedAside

_HEALTH_PATH = "/health/live"
_GREETING_S = 2.0
_OPEN_TIMEOUT_S = 20.0
_CLOSE_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSettings:
    """`server`: its base URL. `token` is asked before every request. `state`: folder of the outbox and the key."""

    server: str
    token: Callable[[], str]
    state: Path
    choose: bool = True


@dataclass(frozen=True, slots=True)
class PlayPlan:
    """`interval_s`: between the starts of bursts. `answer_wait_s`: how long a burst is waited for before the next.

    `drain_wait_s`: how long, after the last burst, what waits may still take.
    """

    interval_s: float = 0.0
    answer_wait_s: float = 10.0
    drain_wait_s: float = 60.0


async def play(settings: StationSettings, camera: Camera, listener: Listener, plan: PlayPlan) -> int:
    """Plays bursts until the camera has no more, or SIGTERM or SIGINT; answers how many still wait in the outbox."""
    async with _running(settings, camera, listener) as (station, delivery, stopped):
        await _until(stopped, _play(station, delivery, plan), delivery)
        return delivery.waiting


async def run(
    settings: StationSettings, camera: Camera, listener: Listener, trigger: Callable[[], Awaitable[None]]
) -> int:
    """One burst at each `trigger`, until SIGTERM or SIGINT; answers how many still wait in the outbox."""

    async def capture_forever() -> None:
        while True:
            await trigger()
            await station.check_in()

    async with _running(settings, camera, listener) as (station, delivery, stopped):
        await _until(stopped, capture_forever(), delivery)
        return delivery.waiting


async def _play(station: Station, delivery: Delivery, plan: PlayPlan) -> None:
    loop = asyncio.get_running_loop()
    while True:
        started_s = loop.time()
        try:
            entry = await station.check_in()
        except CameraEnded:
            break
        if entry is not None:
            await _at_most(plan.answer_wait_s, delivery.settled(entry.sequence))
        await asyncio.sleep(max(0.0, plan.interval_s - (loop.time() - started_s)))
    await _at_most(plan.drain_wait_s, delivery.drained())


async def _at_most(seconds: float, work: Awaitable[None]) -> None:
    """Waits for `work`, and gives up without complaint."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work


@contextlib.asynccontextmanager
async def _running(
    settings: StationSettings, camera: Camera, listener: Listener
) -> AsyncIterator[tuple[Station, Delivery, asyncio.Event]]:
    """Opens everything, and closes it again in every case. The camera first: without one there is no station."""
    await _open(camera)
    boot = boot_id()
    clock = ServerClock()
    try:
        opened = await asyncio.to_thread(open_outbox, settings.state, boot_id=boot)
        exchange = Exchange(settings.server, settings.token, clock)
        try:
            if opened.moved_aside is not None:
                listener(OutboxMovedAside(path=str(opened.moved_aside)))
            await _greet(exchange)
            delivery = Delivery(opened.outbox, exchange, clock, listener, boot_id=boot)
            station = Station(camera, opened.outbox, delivery, listener, choose=settings.choose)
            yield station, delivery, _stop_signal()
        finally:
            await exchange.close()
            opened.close()
    finally:
        with contextlib.suppress(TimeoutError):
            await bounded(camera.close, _CLOSE_TIMEOUT_S)


async def _open(camera: Camera) -> None:
    try:
        await bounded(camera.open, _OPEN_TIMEOUT_S)
    except TimeoutError as error:
        raise CameraLost(f"the camera hangs: it did not open in {_OPEN_TIMEOUT_S:g} s") from error


async def _greet(exchange: Exchange) -> None:
    """Warms a connection and reads the server's clock before the first person comes. Offline is no failure."""
    with contextlib.suppress(Unreachable, TimeoutError):
        async with asyncio.timeout(_GREETING_S):
            await exchange.get(_HEALTH_PATH)


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _until(stopped: asyncio.Event, work: Awaitable[None], delivery: Delivery) -> None:
    """Runs `work` beside the delivery until it ends, or the signal comes, or either fails."""
    working = asyncio.ensure_future(work)
    delivering = asyncio.create_task(delivery.run())
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({working, delivering, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        working.cancel()
        delivery.stop()
        results = await asyncio.gather(working, delivering, waiting, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result
