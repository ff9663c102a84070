"""The Raspberry Pi's own camera, through picamera2: a running stream, six frames on request, straight to JPEG."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg

from edge_device.camera import FRAMES_PER_BURST, Burst, CameraFailed, CameraTimedOut, Frame, Luminance

if TYPE_CHECKING:
    from picamera2 import Picamera2
    from picamera2.request import CompletedRequest

_QUALITY = 85
_FRAME_DURATION_US = 33333
_EXPOSURE_CONVERGED = 2
_MAIN_SIZE = (640, 480)
_SCORED_SIZE = (320, 240)


class PiCamera:
    """Keeps the camera running between bursts. `stride`: keep every n-th frame, to spread the burst over more time."""

    def __init__(self, *, stride: int = 1, frame_timeout_s: float = 2.0, settle_timeout_s: float = 3.0) -> None:
        self._stride = stride
        self._frame_timeout_s = frame_timeout_s
        self._settle_timeout_s = settle_timeout_s
        self._camera: Picamera2 | None = None

    def open(self) -> None:
        self.close()
        try:
            from libcamera import ColorSpace
            from picamera2 import Picamera2
        except ImportError as error:
            raise CameraFailed(
                f"picamera2 is not installed ({error}); on a Pi: apt install python3-picamera2"
            ) from error
        try:
            camera = Picamera2()
            # Below 720p a video configuration defaults to limited range: Sycc keeps black and white apart.
            camera.configure(
                camera.create_video_configuration(
                    main={"size": _MAIN_SIZE, "format": "YUV420"},
                    lores={"size": _SCORED_SIZE, "format": "YUV420"},
                    raw=None,
                    buffer_count=8,
                    queue=False,
                    colour_space=ColorSpace.Sycc(),
                    controls={"FrameDurationLimits": (_FRAME_DURATION_US, _FRAME_DURATION_US)},
                )
            )
            camera.start()
        except (RuntimeError, IndexError, OSError) as error:
            raise CameraFailed(f"the Pi's camera does not open: {error}") from error
        self._camera = camera
        self._wait_for_exposure(camera)

    def capture_burst(self) -> Burst:
        if self._camera is None:
            raise CameraFailed("the camera is not open")
        frames: list[Frame] = []
        for number in range((FRAMES_PER_BURST - 1) * self._stride + 1):
            # Flushing the first request drops frames that predate the call.
            request = self._request(self._camera, flush=number == 0)
            try:
                if number % self._stride == 0:
                    frames.append(frame_of(request))
            finally:
                request.release()
        return Burst(frames=tuple(frames))

    def glance(self) -> Luminance:
        """The low-resolution stream's luminance, which the image processor makes anyway."""
        if self._camera is None:
            raise CameraFailed("the camera is not open")
        request = self._request(self._camera, flush=False)
        try:
            return _scored(request)
        finally:
            request.release()

    def close(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()

    def _request(self, camera: Picamera2, *, flush: bool) -> CompletedRequest:
        try:
            return camera.capture_request(wait=self._frame_timeout_s, flush=True if flush else None)
        except TimeoutError as error:
            camera.cancel_all_and_flush()
            raise CameraTimedOut(f"the Pi's camera gave no frame within {self._frame_timeout_s:g} s") from error

    def _wait_for_exposure(self, camera: Picamera2) -> None:
        """A camera that does not tell is not waited for, nor is one that never settles."""
        end_s = time.monotonic() + self._settle_timeout_s
        while time.monotonic() < end_s:
            request = self._request(camera, flush=False)
            try:
                state = request.get_metadata().get("AeState")
            finally:
                request.release()
            if state is None or state == _EXPOSURE_CONVERGED:
                return


def frame_of(request: CompletedRequest) -> Frame:
    """Encoded from the camera's own planes: no colour is converted."""
    width, height = _MAIN_SIZE
    # A pipeline may give another format than it was asked for; picamera2 then says so in its configuration.
    planes = nv12_planes if request.config["main"]["format"] == "NV12" else yuv420_planes
    luminance, blue, red = planes(request.make_array("main"), width, height)
    return Frame(
        jpeg=simplejpeg.encode_jpeg_yuv_planes(luminance, blue, red, _QUALITY),
        monotonic_ns=int(request.get_metadata()["SensorTimestamp"]),
        luminance=_scored(request),
    )


def _scored(request: CompletedRequest) -> Luminance:
    width, height = _SCORED_SIZE
    luminance: Luminance = np.ascontiguousarray(request.make_array("lores")[:height, :width])
    return luminance


def yuv420_planes(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], width: int, height: int
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], ...]:
    """Y, U and V of picamera2's YUV420 array: `height * 3 / 2` rows, the last third with two rows of chroma in each."""
    stride = rows.shape[1]
    chroma = rows[height:].reshape(height, stride // 2)
    return (
        np.ascontiguousarray(rows[:height, :width]),
        np.ascontiguousarray(chroma[: height // 2, : width // 2]),
        np.ascontiguousarray(chroma[height // 2 :, : width // 2]),
    )


def nv12_planes(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], width: int, height: int
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], ...]:
    """Y, U and V of picamera2's NV12 array: `height * 3 / 2` rows, in the last third U and V take turns."""
    chroma = rows[height:, :width]
    return (
        np.ascontiguousarray(rows[:height, :width]),
        np.ascontiguousarray(chroma[:, 0::2]),
        np.ascontiguousarray(chroma[:, 1::2]),
    )
