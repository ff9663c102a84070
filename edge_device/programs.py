"""The station's two programs: play a folder of bursts to the end, or check people in with a camera until stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from edge_device.attention import Attention, Presses
from edge_device.camera import Camera, CameraEnded
from edge_device.capture_settings import CaptureSettings
from edge_device.exchange import Unreachable
from edge_device.running import Running, StationSettings, running
from edge_device.steps import Captured, Listener, Retake, Step
from edge_device.takes import Takes
from edge_device.watchdog import Progress

_LAST_WORD_S = 5.0


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
    async with running(settings, camera, listener) as parts:
        await _until(_stop_signal(), _play(parts, plan), parts)
        return parts.delivery.waiting


@dataclass(frozen=True, slots=True)
class RunPlan:
    """`presses`: the key and the button. `capture` is asked at every look. `opened` is called once people can come.

    `progress` hears of the camera and of the sender, each time that they get on.
    """

    presses: Presses
    capture: Callable[[], CaptureSettings]
    progress: Progress
    opened: Callable[[Running], None] = lambda _: None


async def run(settings: StationSettings, camera: Camera, listener: Listener, plan: RunPlan) -> int:
    """Checks people in until SIGTERM or SIGINT; answers how many still wait in the outbox."""
    takes = Takes(listener, plan.capture)
    attention = Attention(camera, plan.capture, plan.presses, progressed=plan.progress.camera)

    def hear(step: Step) -> None:
        if isinstance(step, Captured | Retake):
            plan.progress.camera()
        takes.hear(step)

    async with running(settings, camera, hear, sender_progressed=plan.progress.sender) as parts:

        async def capture_forever() -> None:
            plan.opened(parts)
            while True:
                mode = await attention.next()
                await takes.of_one_person(
                    parts.station.check_in, again=mode != "interval", wait_for_server=mode == "presence"
                )

        await _until(_stop_signal(), capture_forever(), parts)
        return parts.delivery.waiting


async def _play(parts: Running, plan: PlayPlan) -> None:
    loop = asyncio.get_running_loop()
    while True:
        started_s = loop.time()
        try:
            entry = await parts.station.check_in()
        except CameraEnded:
            break
        if entry is not None:
            await _at_most(plan.answer_wait_s, parts.delivery.settled(entry.sequence))
        await asyncio.sleep(max(0.0, plan.interval_s - (loop.time() - started_s)))
    await _at_most(plan.drain_wait_s, parts.delivery.drained())
    with contextlib.suppress(Unreachable):
        await _at_most(_LAST_WORD_S, parts.upkeep.report_progress())


async def _at_most(seconds: float, work: Awaitable[None]) -> None:
    """Waits for `work`, and gives up without complaint."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _until(stopped: asyncio.Event, work: Awaitable[None], parts: Running) -> None:
    """Runs `work` beside the delivery and the upkeep until it ends, or the signal comes, or any fails."""
    working = asyncio.ensure_future(work)
    delivering = asyncio.create_task(parts.delivery.run())
    keeping = asyncio.create_task(parts.upkeep.run())
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({working, delivering, keeping, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (waiting, working, keeping):
            task.cancel()
        parts.delivery.stop()
        results = await asyncio.gather(working, delivering, keeping, waiting, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result
