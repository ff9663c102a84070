"""`facecheckin-station` on libcamera's virtual camera: `python -m tests.picamera2.station run --camera pi …`."""

from __future__ import annotations

from edge_device.cli import main
from tests.picamera2.virtual_camera import install

if __name__ == "__main__":
    install()
    raise SystemExit(main())
