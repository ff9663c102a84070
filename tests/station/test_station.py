"""The way from the camera to the disk, and a camera that fails on the way."""

from __future__ import annotations

import asyncio
import random
import threading
from pathlib import Path

import pytest

from edge_device.camera import Burst, Camera, CameraTimedOut, Luminance
from edge_device.clock import ServerClock
from edge_device.credentials import Bearer
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange
from edge_device.outbox import Quota
from edge_device.outbox_file import open_outbox
from edge_device.station import CameraLost, Station
from edge_device.steps import Captured, NotSaved, Saved, Step
from tests.station.pictures import burst, scene


class FaultyCamera:
    """Fails as often as it is told to, then gives a burst; it hangs while `hanging` is not set."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.opened = 0
        self.hanging = threading.Event()
        self.hanging.set()

    def open(self) -> None:
        self.opened += 1

    def capture_burst(self) -> Burst:
        self.hanging.wait()
        if self.failures:
            self.failures -= 1
            raise CameraTimedOut("no frame came")
        return burst(scene())

    def glance(self) -> Luminance:
        return scene(width=320, height=240)

    def close(self) -> None:
        pass


async def check_in(folder: Path, camera: Camera, *, quota: Quota | None = None, timeout_s: float = 5.0) -> list[Step]:
    """One check-in without a server: what the station says up to the disk."""
    opened = open_outbox(folder, boot_id="this boot", quota=quota)
    steps: list[Step] = []
    clock = ServerClock()
    exchange = Exchange("http://127.0.0.1:9", Bearer(lambda: "token"), clock)
    try:
        delivery = Delivery(opened.outbox, exchange, clock, steps.append, boot_id="this boot", rng=random.Random(1))
        station = Station(camera, opened.outbox, delivery, steps.append, capture_timeout_s=timeout_s)
        await station.check_in()
    finally:
        await exchange.close()
        opened.close()
    return steps


def test_saved_is_said_after_the_disk_has_it(tmp_path: Path) -> None:
    steps = asyncio.run(check_in(tmp_path, FaultyCamera()))
    assert [type(step) for step in steps] == [Captured, Saved]
    opened = open_outbox(tmp_path, boot_id="this boot")
    assert isinstance(steps[1], Saved)
    assert [entry.burst_id for entry in opened.outbox.waiting()] == [steps[1].burst_id]
    opened.close()


def test_a_full_outbox_is_said_and_never_called_saved(tmp_path: Path) -> None:
    steps = asyncio.run(check_in(tmp_path, FaultyCamera(), quota=Quota(bytes=10)))
    assert [type(step) for step in steps] == [Captured, NotSaved]


def test_a_camera_that_fails_once_is_opened_anew(tmp_path: Path) -> None:
    camera = FaultyCamera(failures=1)
    steps = asyncio.run(check_in(tmp_path, camera))
    assert camera.opened == 1
    assert [type(step) for step in steps] == [Captured, Saved]


def test_a_camera_that_fails_twice_ends_the_program(tmp_path: Path) -> None:
    with pytest.raises(CameraLost, match="after opening it anew"):
        asyncio.run(check_in(tmp_path, FaultyCamera(failures=2)))


def test_a_camera_that_hangs_for_good_ends_the_program_in_time(tmp_path: Path) -> None:
    camera = FaultyCamera()
    camera.hanging.clear()
    with pytest.raises(CameraLost, match="hangs"):
        asyncio.run(check_in(tmp_path, camera, timeout_s=0.1))
    camera.hanging.set()
