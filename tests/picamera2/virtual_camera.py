"""Lets the unmodified picamera2 open libcamera's virtual camera: the four things that only a Raspberry Pi has.

Runs in Debian 13's Python, beside the station. Nothing of picamera2's capturing, configuring or mapping is touched.
"""

from __future__ import annotations

import mmap
import os
import sys
from types import ModuleType
from typing import Any

FEWEST_BUFFERS = 8
_SENSOR = {"ExposureTime": 10_000, "AeState": 2}
"""Microseconds, and "converged"."""


def install() -> None:
    """Call it before anything imports picamera2."""
    _stand_in_for_kms()
    import libcamera
    from picamera2 import picamera2 as module
    from picamera2.allocators.allocator import Allocator
    from picamera2.request import CompletedRequest

    class MemoryAllocator(Allocator):  # type: ignore[misc]  # picamera2 has no types here
        """Buffers in anonymous memory, as a PC has no DMA heap; one plane a colour plane, which this pipeline wants."""

        def __init__(self) -> None:
            super().__init__()
            self.needs_sync = False
            self.mapped_buffers: dict[Any, mmap.mmap] = {}  # Any: libcamera's frame buffer
            self.sync = lambda allocator, buffer, write: _Mapped(allocator.mapped_buffers[buffer])
            self._buffers: dict[Any, list[Any]] = {}  # Any: libcamera's stream and frame buffer

        def allocate(self, libcamera_config: Any, use_case: object) -> None:  # Any: libcamera's configuration
            self._buffers, self.mapped_buffers = {}, {}
            for stream in libcamera_config:
                count = max(stream.buffer_count, FEWEST_BUFFERS)
                self._buffers[stream.stream] = [self._buffer(stream) for _ in range(count)]

        def buffers(self, stream: object) -> list[Any]:  # Any: libcamera's frame buffer
            return self._buffers[stream]

        def close(self) -> None:
            self._buffers, self.mapped_buffers = {}, {}

        def _buffer(self, stream: Any) -> Any:  # Any: libcamera's stream configuration and frame buffer
            descriptor = os.memfd_create("frame", os.MFD_CLOEXEC)
            os.ftruncate(descriptor, stream.frame_size)
            planes, offset = [], 0
            for length in _plane_lengths(str(stream.pixel_format), stream.stride, stream.size.height):
                plane = libcamera.FrameBuffer.Plane()
                plane.fd, plane.offset, plane.length = descriptor, offset, length
                planes.append(plane)
                offset += length
            buffer = libcamera.FrameBuffer(planes)
            self.mapped_buffers[buffer] = mmap.mmap(descriptor, stream.frame_size)
            os.close(descriptor)  # libcamera keeps copies of its own
            return buffer

    def viewfinder_modes(camera: Any) -> list[dict[str, object]]:  # Any: picamera2's camera
        """This pipeline has no raw stream to list the modes of."""
        formats = camera.camera.generate_configuration([libcamera.StreamRole.Viewfinder]).at(0).formats
        return [
            {"format": str(format), "size": (size.width, size.height)}
            for format in formats.pixel_formats
            for size in formats.sizes(format)
        ]

    told_by_the_pipeline = CompletedRequest.get_metadata

    def metadata(request: Any) -> dict[str, object]:  # Any: picamera2's request
        """This pipeline tells SensorTimestamp alone; without an exposure time picamera2 cannot flush."""
        return {**_SENSOR, **told_by_the_pipeline(request)}

    CompletedRequest.get_metadata = metadata
    module.DmaAllocator = MemoryAllocator
    module.Picamera2._get_raw_modes = viewfinder_modes


class _Mapped:
    """Memory needs no synchronising; picamera2 ends it without arguments too."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory

    def __enter__(self) -> mmap.mmap:
        return self._memory

    def __exit__(self, *error: object) -> None:
        """Nothing to give back."""


def _plane_lengths(format: str, stride: int, height: int) -> list[int]:
    if format != "NV12":
        raise ValueError(f"the virtual camera gives NV12, not {format}")
    return [stride * height, stride * height // 2]


def _stand_in_for_kms() -> None:
    """picamera2 imports it for a preview on a monitor, which nobody opens here."""

    class Named:
        def __getattr__(self, name: str) -> str:
            return name

    kms = ModuleType("kms")
    kms.PixelFormats = Named()  # type: ignore[attr-defined]  # a module made by hand
    sys.modules.setdefault("kms", kms)
