"""Waits for the next person: presence before the camera, a press, or the time, as the settings of the moment say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from edge_device.bounded import bounded
from edge_device.camera import Camera, CameraFailed, CameraUnusable, Luminance
from edge_device.capture_settings import CaptureMode, CaptureSettings
from edge_device.presence import PresenceDetector, Sensitivity
from edge_device.station import CameraLost

LOOKS_PER_S = 5.0
_IDLE_LOOK_S = 5.0
_GLANCE_TIMEOUT_S = 12.0


class Presses:
    """Presses of a key or a button, from any thread; one is remembered, more are the same wish."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pressed = asyncio.Event()

    def press(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._pressed.set)

    async def within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._pressed.wait()
        pressed = self._pressed.is_set()
        self._pressed.clear()
        return pressed


class Attention:
    """Awaiting `next` looks at the camera now and then in every mode, so that a broken one is found before a person.

    A press counts in every mode: whoever the camera overlooks can still ask. One task at a time may wait.
    """

    def __init__(
        self,
        camera: Camera,
        settings: Callable[[], CaptureSettings],
        presses: Presses,
        *,
        progressed: Callable[[], None] = lambda: None,
        sensitivity: Sensitivity | None = None,
        looks_per_s: float = LOOKS_PER_S,
        idle_look_s: float = _IDLE_LOOK_S,
    ) -> None:
        """`progressed` is called after each look: the camera lives."""
        self._camera = camera
        self._settings = settings
        self._presses = presses
        self._progressed = progressed
        self._detector = PresenceDetector(sensitivity)
        self._look_s = 1.0 / looks_per_s
        self._idle_look_s = idle_look_s
        self._last_take_s = -float("inf")

    async def next(self) -> CaptureMode:
        """What asked for a burst. Raises `CameraUnusable`, and `CameraLost` where opening the camera anew fails."""
        while True:
            settings = self._settings()
            if await self._presses.within(self._pause_s(settings)):
                return self._take("key")
            if settings.mode == "interval" and self._due_in_s(settings) <= 0.0:
                return self._take("interval")
            picture = await self._glance()
            self._progressed()
            if settings.mode == "presence":
                self._detector.sensitivity = replace(self._detector.sensitivity, cooldown_s=settings.cooldown_s)
                if self._detector.look(picture, time.monotonic()):
                    return self._take("presence")

    def _pause_s(self, settings: CaptureSettings) -> float:
        if settings.mode == "presence":
            return self._look_s
        if settings.mode == "interval":
            return max(0.0, min(self._idle_look_s, self._due_in_s(settings)))
        return self._idle_look_s

    def _due_in_s(self, settings: CaptureSettings) -> float:
        return self._last_take_s + settings.cooldown_s - time.monotonic()

    def _take(self, mode: CaptureMode) -> CaptureMode:
        self._last_take_s = time.monotonic()
        return mode

    async def _glance(self) -> Luminance:
        try:
            return await bounded(self._glance_or_reopen, _GLANCE_TIMEOUT_S)
        except TimeoutError as error:
            raise CameraLost(f"the camera hangs: nothing in {_GLANCE_TIMEOUT_S:g} s") from error

    def _glance_or_reopen(self) -> Luminance:
        try:
            return self._camera.glance()
        except CameraUnusable:
            raise
        except CameraFailed as first:
            try:
                self._camera.close()
                self._camera.open()
                return self._camera.glance()
            except CameraFailed as second:
                raise CameraLost(f"{first}; after opening it anew: {second}") from second
