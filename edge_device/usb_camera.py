"""A camera that V4L2 knows, through OpenCV: a thread keeps it running and lets old frames go."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg

from edge_device.camera import FRAMES_PER_BURST, Burst, CameraFailed, CameraTimedOut, Frame, Luminance

if TYPE_CHECKING:
    import cv2

_QUALITY = 85
_GLANCE_HEIGHT = 240


class UsbCamera:
    """`device`: the number of a V4L2 device, or the path of one, or of a film.

    The thread grabs every frame and decodes only those of a burst, so that a frame never predates the request for it.
    It is the only one to touch the device: where it hangs, it is left behind, and `open` starts another.
    """

    def __init__(
        self,
        device: int | str = 0,
        *,
        width: int = 640,
        height: int = 480,
        stride: int = 1,
        frame_timeout_s: float = 2.0,
        open_timeout_s: float = 10.0,
    ) -> None:
        """`stride`: keep every n-th frame, to spread the burst over more time."""
        self._device = device
        self._size = (width, height)
        self._stride = stride
        self._frame_timeout_s = frame_timeout_s
        self._open_timeout_s = open_timeout_s
        self._session: _Session | None = None

    def open(self) -> None:
        self.close()
        session = _Session(self._device, self._size, self._stride)
        session.thread.start()
        self._session = session
        if not session.opened.wait(self._open_timeout_s):
            raise CameraTimedOut(f"camera {self._device} did not open within {self._open_timeout_s:g} s")
        if session.failure is not None:
            raise CameraFailed(session.failure)

    def capture_burst(self) -> Burst:
        if self._session is None:
            raise CameraFailed("the camera is not open")
        return Burst(frames=self._session.capture(self._frame_timeout_s))

    def glance(self) -> Luminance:
        if self._session is None:
            raise CameraFailed("the camera is not open")
        return self._session.glance(self._frame_timeout_s)

    def close(self) -> None:
        """Waits a moment for the thread; a thread that hangs in the driver ends with the process."""
        if self._session is not None:
            self._session.stop()
            self._session = None


class _Session:
    """One opening of the device and the thread that owns it. `_condition` guards the frames asked for and taken."""

    def __init__(self, device: int | str, size: tuple[int, int], stride: int) -> None:
        self._device = device
        self._size = size
        self._stride = stride
        self._condition = threading.Condition()
        self._wanted = 0
        self._frames: list[Frame] = []
        self._glance_wanted = False
        self._glance: Luminance | None = None
        self._stopping = False
        self.failure: str | None = None
        self.opened = threading.Event()
        self.thread = threading.Thread(target=self._run, name="usb-camera", daemon=True)

    def capture(self, frame_timeout_s: float) -> tuple[Frame, ...]:
        with self._condition:
            self._frames = []
            self._wanted = FRAMES_PER_BURST
            while len(self._frames) < FRAMES_PER_BURST:
                seen = len(self._frames)
                if self.failure is None:
                    self._condition.wait(frame_timeout_s)
                if self.failure is not None:
                    raise CameraFailed(self.failure)
                if len(self._frames) == seen:
                    self._wanted = 0
                    raise CameraTimedOut(f"frame {seen + 1} did not come within {frame_timeout_s:g} s")
            return tuple(self._frames)

    def glance(self, frame_timeout_s: float) -> Luminance:
        with self._condition:
            self._glance, self._glance_wanted = None, True
            self._condition.wait_for(lambda: self._glance is not None or self.failure is not None, frame_timeout_s)
            self._glance_wanted = False
            if self.failure is not None:
                raise CameraFailed(self.failure)
            if self._glance is None:
                raise CameraTimedOut(f"no frame came within {frame_timeout_s:g} s")
            return self._glance

    def stop(self) -> None:
        self._stopping = True
        self.thread.join(timeout=2.0)

    def _run(self) -> None:
        import cv2

        device = cv2.VideoCapture(self._device)
        try:
            if not device.isOpened():
                self._fail(f"camera {self._device} does not open: it is missing, or another program has it")
                return
            width, height = self._size
            device.set(cv2.CAP_PROP_FRAME_WIDTH, width)
            device.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
            device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
            self.opened.set()
            self._grab(device)
        finally:
            device.release()
            self.opened.set()

    def _grab(self, device: cv2.VideoCapture) -> None:
        number = 0
        while not self._stopping:
            asked, glance_asked = self._wanted, self._glance_wanted
            if not device.grab():
                self._fail(f"camera {self._device} gives no more frames")
                return
            number += 1
            # A frame that was under way when the burst was asked for may be older than the request.
            if not glance_asked and (not asked or number % self._stride):
                continue
            monotonic_ns = time.monotonic_ns()
            read, pixels = device.retrieve()
            if not read:
                self._fail(f"camera {self._device} gave a frame that cannot be read")
                return
            if glance_asked:
                self._show(pixels)
                continue
            frame = Frame(
                jpeg=simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), _QUALITY, "BGR", "420"),
                monotonic_ns=monotonic_ns,
            )
            with self._condition:
                if self._wanted:
                    self._frames.append(frame)
                    self._wanted -= 1
                    self._condition.notify_all()

    def _show(self, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
        """Every n-th pixel of the green channel, which is most of what luminance is."""
        step = max(1, pixels.shape[0] // _GLANCE_HEIGHT)
        with self._condition:
            self._glance, self._glance_wanted = np.ascontiguousarray(pixels[::step, ::step, 1]), False
            self._condition.notify_all()

    def _fail(self, failure: str) -> None:
        with self._condition:
            self.failure = failure
            self._condition.notify_all()
