"""What starts a burst, in every mode, and how often a burst that is of no use is taken again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_device.attention import Attention, Presses
from edge_device.camera import Camera, CameraEnded, CameraTimedOut, Luminance
from edge_device.capture_settings import CaptureMode, CaptureSettings
from edge_device.folder_camera import FolderCamera
from edge_device.presence import Sensitivity
from edge_device.station import CameraLost
from edge_device.steps import Captured, GaveUp, Identified, NotSaved, Refused, Retake, Saved, Step, Triggered
from edge_device.takes import Pauses, Takes
from tests.station.pictures import write_burst
from tests.station.test_presenting import captured, identified, refused, retake, saved
from tests.station.test_station import FaultyCamera

EAGER = Sensitivity(steady_s=0.0, away_s=0.0)
QUICK = Pauses(reading_s=0.0, verdict_s=1.0)


async def first(
    camera: Camera,
    settings: CaptureSettings | Callable[[], CaptureSettings],
    *,
    press_after_s: float | None = None,
    times: int = 1,
) -> list[CaptureMode]:
    presses = Presses()
    asked = settings if callable(settings) else lambda: settings
    attention = Attention(camera, asked, presses, sensitivity=EAGER, looks_per_s=200, idle_look_s=0.02)
    if press_after_s is not None:
        threading.Timer(press_after_s, presses.press).start()
    async with asyncio.timeout(30):
        return [await attention.next() for _ in range(times)]


@pytest.fixture
def folder(tmp_path: Path) -> FolderCamera:
    write_burst(tmp_path / "a", 1)
    camera = FolderCamera(tmp_path, repeat=True)
    camera.open()
    return camera


def test_presence_starts_a_burst_when_somebody_steps_up(folder: FolderCamera) -> None:
    assert asyncio.run(first(folder, CaptureSettings(mode="presence"))) == ["presence"]


def test_a_press_starts_a_burst_in_every_mode() -> None:
    modes: tuple[CaptureMode, ...] = ("presence", "key", "gpio")
    for mode in modes:
        settings = CaptureSettings(mode=mode)
        assert asyncio.run(first(FaultyCamera(), settings, press_after_s=0.05)) == ["key"]


def test_the_time_starts_bursts_in_the_interval_mode() -> None:
    started_s = time.monotonic()
    modes = asyncio.run(first(FaultyCamera(), CaptureSettings(mode="interval", cooldown_s=0.1), times=3))
    assert modes == ["interval"] * 3
    assert time.monotonic() - started_s >= 0.2


def test_a_mode_that_is_pushed_takes_effect_while_it_waits(folder: FolderCamera) -> None:
    """Keys only, until the settings change under it."""
    changed_s = time.monotonic() + 0.15
    modes = asyncio.run(
        first(folder, lambda: CaptureSettings(mode="key" if time.monotonic() < changed_s else "presence"))
    )
    assert modes == ["presence"]
    assert time.monotonic() >= changed_s


class Blind(FaultyCamera):
    """Fails at a glance as often as it is told to."""

    def glance(self) -> Luminance:
        if self.failures:
            self.failures -= 1
            raise CameraTimedOut("no frame came")
        return super().glance()


def test_a_camera_that_fails_at_a_glance_is_opened_anew() -> None:
    camera = Blind(failures=1)
    asyncio.run(first(camera, CaptureSettings(mode="key"), press_after_s=0.2))
    assert camera.opened == 1


def test_a_camera_that_stays_blind_ends_the_program_before_anybody_comes() -> None:
    with pytest.raises(CameraLost, match="after opening it anew"):
        asyncio.run(first(Blind(failures=99), CaptureSettings(mode="key")))


def test_a_folder_that_is_over_ends_the_waiting(tmp_path: Path) -> None:
    write_burst(tmp_path / "a", 1)
    camera = FolderCamera(tmp_path)
    camera.open()
    camera.capture_burst()
    with pytest.raises(CameraEnded):
        asyncio.run(first(camera, CaptureSettings(mode="presence")))


class Visit:
    """One person at the camera: what each take comes to, and everything that was said."""

    def __init__(self, *takes: list[Step], limit: int = 3) -> None:
        self.steps: list[Step] = []
        self._takes = list(takes)
        self._all = Takes(self.steps.append, lambda: CaptureSettings(retake_limit=limit), QUICK)

    def run(self, *, again: bool = True, wait_for_server: bool = True) -> list[type[Step]]:
        async def check_in() -> None:
            for step in self._takes.pop(0):
                if isinstance(step, Identified | Refused):
                    asyncio.get_running_loop().call_later(0.01, self._all.hear, step)
                else:
                    self._all.hear(step)

        asyncio.run(self._all.of_one_person(check_in, again=again, wait_for_server=wait_for_server))
        return [type(step) for step in self.steps]


def test_a_good_burst_is_taken_once() -> None:
    assert Visit([captured(), saved(), identified()]).run() == [Triggered, Captured, Saved, Identified]


def test_a_hopeless_burst_is_taken_again_and_each_take_is_counted() -> None:
    visit = Visit([retake()], [retake()], [captured(), saved(), identified()])
    assert visit.run()[:4] == [Triggered, Retake, Triggered, Retake]
    assert [step.take for step in visit.steps if isinstance(step, Triggered)] == [1, 2, 3]


def test_after_as_many_takes_as_are_allowed_it_says_that_it_gives_up() -> None:
    visit = Visit([retake()], [retake()], [retake()], limit=2)
    assert visit.run() == [Triggered, Retake, Triggered, Retake, Triggered, Retake, GaveUp]
    given_up = visit.steps[-1]
    assert isinstance(given_up, GaveUp)
    assert (given_up.takes, given_up.reason) == (3, "dark")


def test_a_refusal_of_the_servers_asks_whoever_still_stands_there_for_another_take() -> None:
    visit = Visit([captured("b-1"), saved("b-1"), refused("b-1")], [captured("b-2"), saved("b-2"), identified("b-2")])
    assert visit.run() == [Triggered, Captured, Saved, Refused, Triggered, Captured, Saved, Identified]


def test_a_refusal_of_an_earlier_burst_asks_for_nothing() -> None:
    visit = Visit([captured("b-2"), saved("b-2"), refused("b-1"), identified("b-2")])
    assert visit.run().count(Triggered) == 1


def test_whoever_presses_a_key_is_not_waited_for() -> None:
    assert Visit([captured(), saved(), refused()]).run(wait_for_server=False) == [Triggered, Captured, Saved]


def test_nobody_is_there_to_do_better_when_the_time_started_it() -> None:
    assert Visit([retake()]).run(again=False, wait_for_server=False) == [Triggered, Retake]


def test_a_full_station_is_not_asked_again() -> None:
    full = NotSaved(burst_id="b-1", reason="items", sentence="")
    assert Visit([captured(), full]).run() == [Triggered, Captured, NotSaved]


def test_a_server_that_does_not_judge_in_time_holds_up_nobody() -> None:
    visit = Visit([captured(), saved()])
    visit._all._pauses = replace(QUICK, verdict_s=0.05)
    assert visit.run() == [Triggered, Captured, Saved]
