"""How long the station's own work on a burst takes, beside its floors: scoring, choosing, encoding, and keeping it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from adapters.demo.drawn_script import CUES, perform
from benchmarks.timing import Milliseconds, repeat
from edge_device.camera import Burst
from edge_device.outbox import Outbox
from edge_device.outbox_file import open_outbox
from edge_device.pi_camera import frame_of, yuv420_planes
from edge_device.record import draft
from edge_device.selection import Chosen, choose_primary

BURSTS = 200
PUTS = 200
_QUALITY = 85
_WIDTH, _HEIGHT = 640, 480
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class BurstTimes:
    """`burst`: from six frames of the camera to JPEGs and a primary. `encoding`: its floor, simplejpeg alone.

    `put`: into the encrypted outbox, synced. `commit`: its floor, a bare SQLite row of the same size, synced.
    """

    burst: Milliseconds
    encoding: Milliseconds
    put: Milliseconds
    commit: Milliseconds
    jpeg_bytes: int


@dataclass(frozen=True)
class DrawnRequest:
    """What picamera2 hands over for one frame, of a drawn person."""

    main: Pixels
    lores: Pixels
    config: dict[str, dict[str, str]]

    def make_array(self, stream: str) -> Pixels:
        # picamera2 copies out of the camera's buffer too.
        return np.copy(self.main if stream == "main" else self.lores)

    def get_metadata(self) -> dict[str, int]:
        return {"SensorTimestamp": 1}


def measure(folder: Path) -> BurstTimes:
    """`folder` lies on the disk that is to be measured."""
    requests = [_request(jpeg) for jpeg in perform(CUES[0], seed=1).burst.frames]
    planes = [yuv420_planes(request.main, _WIDTH, _HEIGHT) for request in requests]
    burst, chosen = _select(requests)
    put, commit = _keep(burst, chosen.primary, folder)
    return BurstTimes(
        burst=repeat(lambda: _select(requests), BURSTS),
        encoding=repeat(lambda: [simplejpeg.encode_jpeg_yuv_planes(*each, _QUALITY) for each in planes], BURSTS),
        put=put,
        commit=commit,
        jpeg_bytes=sum(len(frame.jpeg) for frame in burst.frames),
    )


def _select(requests: list[Any]) -> tuple[Burst, Chosen]:  # Any: picamera2's requests, or what looks like them
    burst = Burst(frames=tuple(frame_of(request) for request in requests))
    chosen = choose_primary(burst)
    assert isinstance(chosen, Chosen)
    return burst, chosen


def _keep(burst: Burst, primary: int, folder: Path) -> tuple[Milliseconds, Milliseconds]:
    """In turns, so that a disk that is busy for a moment is so for both. What was kept is taken out again."""
    opened = open_outbox(folder / "outbox", boot_id="a boot")
    floor = _bare_database(folder / "floor.db")
    row = b"".join(frame.jpeg for frame in burst.frames)
    try:
        turns = [_turn(opened.outbox, floor, burst, primary, row) for _ in range(PUTS)]
    finally:
        floor.close()
        opened.close()
    return np.array([put for put, _ in turns]), np.array([commit for _, commit in turns])


def _turn(outbox: Outbox, floor: sqlite3.Connection, burst: Burst, primary: int, row: bytes) -> tuple[float, float]:
    kept = draft(burst, primary)
    put = repeat(lambda: outbox.put(kept), 1, warm_up=0)[0]
    outbox.remove(outbox.waiting()[-1].sequence)
    commit = repeat(lambda: floor.execute("INSERT INTO row VALUES (?, ?)", (str(uuid4()), row)), 1, warm_up=0)[0]
    floor.execute("PRAGMA synchronous = NORMAL")
    floor.execute("DELETE FROM row")
    floor.execute("PRAGMA synchronous = FULL")
    return put, commit


def _bare_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE row (id TEXT PRIMARY KEY, frames BLOB)")
    return connection


def _request(jpeg: bytes) -> DrawnRequest:
    """The frame as the Pi's image processor gives it: YUV420, and its luminance at half the size."""
    pixels = simplejpeg.decode_jpeg(jpeg, "BGR")
    rows = cv2.cvtColor(pixels, cv2.COLOR_BGR2YUV_I420)
    small = cv2.resize(rows[:_HEIGHT], (_WIDTH // 2, _HEIGHT // 2), interpolation=cv2.INTER_AREA)
    return DrawnRequest(rows.astype(np.uint8), small.astype(np.uint8), {"main": {"format": "YUV420"}})
