"""What a station costs while nobody comes: a real `facecheckin-station run` process, watched through /proc."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplejpeg

from edge_device.folder_camera import NOBODY_GREY

SETTLE_S = 5.0
WATCH_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Idle:
    """`core_share`: of one core, 0–1. `resident_mb`: at the end, and `peak_mb` since the start."""

    core_share: float
    resident_mb: float
    peak_mb: float


def watch(url: str, token_file: Path, folder: Path) -> Idle:
    """An empty room, looked at as often as one with people. Raises RuntimeError where the station ends or acts."""
    bursts = folder / "bursts"
    _write_empty_room(bursts / "1")
    camera = ["--camera", "folder", "--device", str(bursts), "--capture", "presence"]
    where = ["--server", url, "--token-file", str(token_file), "--state", str(folder / "state"), "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "edge_device", "run", *camera, *where],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            time.sleep(SETTLE_S)
            begun_s, before_s = time.monotonic(), _processor_s(process.pid)
            time.sleep(WATCH_S)
            spent_s, passed_s = _processor_s(process.pid) - before_s, time.monotonic() - begun_s
            memory = _memory_mb(process.pid)
        except OSError as error:
            raise RuntimeError("the station ended while it was watched") from error
        finally:
            process.terminate()
            said, _ = process.communicate(timeout=15)
    if said:
        raise RuntimeError(f"the station was not idle: {said}")
    return Idle(core_share=spent_s / passed_s, resident_mb=memory["VmRSS"], peak_mb=memory["VmHWM"])


def _write_empty_room(folder: Path) -> None:
    """As grey as the folder camera's own picture of nobody, with a sensor's noise on it."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(1)
    for number in range(1, 7):
        pixels = noise.normal(NOBODY_GREY, 4.0, (480, 640, 1)).round().clip(0, 255).astype(np.uint8)
        (folder / f"frame{number}.jpg").write_bytes(simplejpeg.encode_jpeg(pixels, 85, "GRAY"))


def _processor_s(pid: int) -> float:
    """User and system time of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return {line.split(":")[0]: float(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}
