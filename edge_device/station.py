"""Takes a burst from the camera to the disk: captured, chosen from, kept, and announced to the delivery."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from edge_device.bounded import bounded
from edge_device.camera import Burst, Camera, CameraFailed, CameraUnusable
from edge_device.delivery import Delivery
from edge_device.identity_contract import CameraState
from edge_device.outbox import Outbox, OutboxFull
from edge_device.record import Waiting, draft
from edge_device.selection import Hopeless, choose_primary
from edge_device.steps import Captured, Listener, NotSaved, Retake, Saved

_FULL_SENTENCE = "This station cannot take any more check-ins at the moment. Please use the other way to check in."


class CameraLost(Exception):
    """The camera hangs, or failed again after it was opened anew: the process should end and be started afresh."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A burst and how long capturing it took."""

    burst: Burst
    capture_ms: float


class Station:
    """One camera, one outbox, one delivery. `check_in` is called by one task at a time."""

    def __init__(
        self,
        camera: Camera,
        outbox: Outbox,
        delivery: Delivery,
        listener: Listener,
        *,
        choose: bool = True,
        capture_timeout_s: float = 30.0,
    ) -> None:
        """`choose=False` sends every burst, its first frame first, whatever it shows.

        `capture_timeout_s`: for a burst, opening the camera anew included.
        """
        self._camera = camera
        self._outbox = outbox
        self._delivery = delivery
        self._report = listener
        self._choose = choose
        self._capture_timeout_s = capture_timeout_s
        self.camera_state: CameraState = "starting"
        self.capturing_since_ns: int | None = None

    async def check_in(self) -> Waiting | None:
        """One burst from the camera to the disk, on its way to the server. None where there is nothing to send.

        `capturing_since_ns`, monotonic, is None once the burst is kept and announced, or given up. Raises
        `CameraUnusable`, which `CameraEnded` is, and `CameraLost`.
        """
        self.capturing_since_ns = time.monotonic_ns()
        try:
            entry = await self._check_in()
        except Exception:
            self.capturing_since_ns = None
            raise
        # Not where it was cancelled: the thread that puts it into the outbox may still be at it.
        self.capturing_since_ns = None
        return entry

    async def _check_in(self) -> Waiting | None:
        try:
            taken = await bounded(self._capture, self._capture_timeout_s)
        except TimeoutError as error:
            raise CameraLost(f"the camera hangs: nothing in {self._capture_timeout_s:g} s") from error
        started_s = time.perf_counter()
        primary = 0
        if self._choose:
            choice = await asyncio.to_thread(choose_primary, taken.burst)
            if isinstance(choice, Hopeless):
                burst = taken.burst
                self._report(
                    Retake(reason=choice.reason, sentence=choice.sentence, source=burst.source, label=burst.label)
                )
                return None
            primary = choice.primary
        selection_ms = (time.perf_counter() - started_s) * 1000
        return await self._keep(taken, primary, selection_ms)

    async def _keep(self, taken: Taken, primary: int, selection_ms: float) -> Waiting | None:
        kept = draft(taken.burst, primary)
        self._report(
            Captured(
                burst_id=kept.burst_id,
                primary=primary,
                capture_ms=taken.capture_ms,
                selection_ms=selection_ms,
                source=taken.burst.source,
                label=taken.burst.label,
            )
        )
        started_s = time.perf_counter()
        try:
            entry = await asyncio.to_thread(self._outbox.put, kept)
        except OutboxFull as full:
            self._report(NotSaved(burst_id=kept.burst_id, reason=full.reason, sentence=_FULL_SENTENCE))
            return None
        put_ms = (time.perf_counter() - started_s) * 1000
        self._report(
            Saved(
                burst_id=entry.burst_id,
                sequence=entry.sequence,
                put_ms=put_ms,
                waiting=self._outbox.waiting_items,
            )
        )
        self._delivery.announce(entry)
        return entry

    def _capture(self) -> Taken:
        """A camera that fails is opened anew once."""
        started_s = time.perf_counter()
        try:
            burst = self._camera.capture_burst()
        except CameraUnusable:
            raise
        except CameraFailed as first:
            self.camera_state = "failed"
            try:
                self._camera.close()
                self._camera.open()
                burst = self._camera.capture_burst()
            except CameraFailed as second:
                raise CameraLost(f"{first}; after opening it anew: {second}") from second
        self.camera_state = "ok"
        return Taken(burst, (time.perf_counter() - started_s) * 1000)
