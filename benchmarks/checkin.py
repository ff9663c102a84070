"""A check-in over HTTP, as one station on this machine sees it: `python -m benchmarks.checkin [--bar]`.

Starts a server of its own on an empty database, enrols the drawn cast, and sends bursts one after the other; events are
recorded as in service. Beside the answers' times stands the floor: the same requests to `/health/live/`, which only
cross HTTP.
"""

from __future__ import annotations

import argparse
import base64
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec

from adapters.demo.api_client import StaffClient
from adapters.demo.drawn_script import drawn_script
from adapters.demo.local_server import LocalServer, local_server
from adapters.demo.script import Scene, Script
from adapters.settings import load_settings
from benchmarks.bars import Bar, judge
from benchmarks.resident import resident_mb

BURSTS = 60
FLOOR_REQUESTS = 200


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Milliseconds as the client saw them."""

    first_identify_ms: float
    identify_ms: list[float]
    emotion_ms: list[float]
    floor_ms: list[float]
    stages_ms: dict[str, list[float]]
    ready_after_s: float
    resident_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bar", action="store_true", help="exit 1 and name each bar that falls short")
    parser.add_argument("--bursts", type=int, default=BURSTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), options.bursts)
    report(measured)
    judge(bars(measured), enforce=options.bar)


def measure(folder: Path, bursts: int) -> Measured:
    given = load_settings()
    script = drawn_script(given.data_dir / "demo" / "drawn" / "cast")
    settings = msgspec.structs.replace(
        given, data_dir=folder, keys_file=folder / "keys.json", database_url=None, port=18000
    )
    with local_server(settings) as server:
        _enrol(script, server)
        with _station(server) as station:
            return _play(server, station, _judged(script), bursts)


def _play(server: LocalServer, station: httpx.Client, scenes: list[Scene], bursts: int) -> Measured:
    identify_ms: list[float] = []
    emotion_ms: list[float] = []
    stages_ms: dict[str, list[float]] = {}
    for number in range(bursts):
        scene = scenes[number % len(scenes)]
        frames = [base64.b64encode(frame).decode("ascii") for frame in scene.burst.frames]
        body = {"image": frames[scene.burst.primary], "burst_id": str(uuid4())}
        identity, took_ms = _timed(station, "/api/checkin/identify/", body)
        identify_ms.append(took_ms)
        emotion, took_ms = _timed(
            station, "/api/checkin/emotion/", {"images": frames, "checkin_id": identity["checkin_id"]}
        )
        emotion_ms.append(took_ms)
        for prefix, answer in (("identify", identity), ("emotion", emotion)):
            for stage, duration_ms in answer["timings_ms"].items():
                stages_ms.setdefault(f"{prefix} {stage}", []).append(duration_ms)
    floor_ms = [_timed(station, "/health/live/", None)[1] for _ in range(FLOOR_REQUESTS)]
    return Measured(
        first_identify_ms=identify_ms[0],
        identify_ms=identify_ms,
        emotion_ms=emotion_ms,
        floor_ms=floor_ms,
        stages_ms=stages_ms,
        ready_after_s=server.ready_after_s,
        resident_mb=resident_mb(server.pid),
    )


def report(measured: Measured) -> None:
    floor = statistics.median(measured.floor_ms)
    print(f"{'one station, over HTTP':28s} {'p50':>8s} {'p95':>8s} {'over the floor':>15s}")
    for name, durations in (("identify", measured.identify_ms), ("emotion, six frames", measured.emotion_ms)):
        middle = statistics.median(durations)
        print(f"{name:28s} {middle:8.1f} {_p95(durations):8.1f} {middle / floor:14.1f}x")
    print(f"{'floor: GET /health/live/':28s} {floor:8.1f} {_p95(measured.floor_ms):8.1f}")
    print("\nstages inside the server, p50 in ms")
    for stage, durations in measured.stages_ms.items():
        print(f"  {stage:26s} {statistics.median(durations):8.2f}")
    print(f"\nready after {measured.ready_after_s:.1f} s, resident memory {measured.resident_mb:.0f} MB")


def bars(measured: Measured) -> list[Bar]:
    identify = statistics.median(measured.identify_ms)
    return [
        Bar("identify over HTTP, p50", identify, 35, "ms"),
        Bar("emotion over HTTP, p50", statistics.median(measured.emotion_ms), 40, "ms"),
        Bar("from serve to ready", measured.ready_after_s, 10, "s"),
        Bar("resident memory of the server", measured.resident_mb, 400, "MB"),
        Bar("first identify after ready, over the median", measured.first_identify_ms / identify, 2, "x"),
    ]


def _enrol(script: Script, server: LocalServer) -> None:
    with StaffClient(server.base_url, server.token("staff")) as staff:
        for actor in script.actors:
            staff.enrol(staff.register(actor.user_id, actor.name), actor.photographs)


def _judged(script: Script) -> list[Scene]:
    """The bursts that are identified 1:N and then read."""
    return [scene for scene in script.scenes if scene.expected == "match" and scene.claimed is None]


def _station(server: LocalServer) -> httpx.Client:
    headers = {"Authorization": f"Bearer {server.token('station')}"}
    return httpx.Client(base_url=server.base_url, headers=headers, timeout=10.0)


def _timed(station: httpx.Client, path: str, body: object) -> tuple[dict[str, dict[str, float]], float]:
    """The answer, and how long the client waited for it, encoding its JSON included."""
    begun = time.perf_counter()
    answer = station.get(path) if body is None else station.post(path, json=body)
    took_ms = (time.perf_counter() - begun) * 1e3
    answer.raise_for_status()
    return answer.json(), took_ms


def _p95(durations: list[float]) -> float:
    return sorted(durations)[int(0.95 * len(durations))]


if __name__ == "__main__":
    main()
