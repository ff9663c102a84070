"""Runs the real station program on a folder of bursts, and tells what it says about each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from adapters.demo.live_table import Row
from adapters.demo.script import Scene
from domain.check_in import Timings

_FINAL = {"settled", "buried", "not_saved", "retake"}


class _Step(msgspec.Struct, kw_only=True):
    """One line of `facecheckin-station … --json`: the fields that the table shows."""

    step: str
    label: str | None = None
    decision: str | None = None
    name: str | None = None
    confidence: float | None = None
    distance: float | None = None
    threshold: float | None = None
    dominant_emotion: str | None = None
    code: str | None = None
    operation: str | None = None
    reason: str | None = None
    sentence: str | None = None
    latency_ms: float | None = None
    timings_ms: Timings = {}


class StationProcess:
    """`facecheckin-station` as a child process with an outbox of its own in `state`."""

    def __init__(self, *, base_url: str, token_file: Path, state: Path) -> None:
        self._options = ["--server", base_url, "--token-file", str(token_file), "--state", str(state), "--json"]
        self._process: subprocess.Popen[bytes] | None = None

    def play(self, folder: Path, *, interval_s: float, expected: dict[str, str]) -> Iterator[Row]:
        """A row for each burst in `folder`, when it is settled. `expected`: the outcome for each label."""
        arguments = ["play", str(folder), "--as-it-is", "--interval", str(interval_s)]
        yield from self._rows(arguments, expected)

    def watch_camera(self, device: str) -> Iterator[Row]:
        """A row for each burst of a webcam, one at each Enter, until stopped."""
        yield from self._rows(["run", "--camera", "usb", "--device", device], {})

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _rows(self, arguments: Sequence[str], expected: dict[str, str]) -> Iterator[Row]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edge_device", *arguments, *self._options],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            # Who presses Enter must be in the terminal's foreground; the other kind is stopped by its owner alone.
            start_new_session=arguments[0] != "run",
            stdin=None if arguments[0] == "run" else subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        steps: list[_Step] = []
        for line in self._process.stdout:
            step = msgspec.json.decode(line, type=_Step)
            if step.step == "captured":
                steps = []
            steps.append(step)
            if step.step in _FINAL:
                yield _row(steps, expected)
        self._process.wait()


class CameraUnusable(Exception):
    """No burst could be taken; the message is the station's sentence."""


def capture_burst(device: str, folder: Path) -> list[bytes]:
    """Six JPEG frames of a webcam. Raises CameraUnusable."""
    command = [sys.executable, "-m", "edge_device", "capture", str(folder), "--camera", "usb", "--device", device]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        raise CameraUnusable(done.stderr.strip())
    return [file.read_bytes() for file in sorted(folder.glob("frame*.jpg"))]


def write_bursts(scenes: Sequence[Scene], folder: Path) -> None:
    """As the station's folder camera reads them: a folder for each, played in the order of their names."""
    for number, scene in enumerate(scenes):
        place = folder / f"{number:03d}"
        place.mkdir(parents=True, exist_ok=True)
        primary = scene.burst.primary
        frames = [scene.burst.primary_frame, *scene.burst.frames[:primary], *scene.burst.frames[primary + 1 :]]
        for index, frame in enumerate(frames, start=1):
            (place / f"frame{index}.jpg").write_bytes(frame)
        note = {"label": scene.title, "user_id": scene.claimed}
        (place / "burst.json").write_text(json.dumps(note), encoding="utf-8")


def _row(steps: Sequence[_Step], expected: dict[str, str]) -> Row:
    """What came of one burst."""
    by_name = {step.step: step for step in steps}
    captured, identified, emotion = by_name.get("captured"), by_name.get("identified"), by_name.get("emotion_read")
    refused = by_name.get("refused") or by_name.get("buried") or by_name.get("not_saved") or by_name.get("retake")
    played = (captured or steps[0]).label or "a burst"
    decision = identified.decision if identified else None
    outcome = decision or (refused.code or refused.reason if refused else None) or "no answer"
    return Row(
        played=played,
        outcome=outcome,
        expected=expected.get(played, outcome),
        who=identified.name if identified else None,
        # Nobody is named by `unknown`, so there is nobody to be confident of.
        confidence=identified.confidence if identified and identified.decision != "unknown" else None,
        emotion=emotion.dominant_emotion if emotion else None,
        identify_ms=(identified or refused or steps[0]).latency_ms,
        emotion_ms=emotion.latency_ms if emotion else None,
        timings_ms=(identified.timings_ms if identified else {}) | (emotion.timings_ms if emotion else {}),
        note=refused.sentence if refused else _why_not(identified),
    )


def _why_not(identified: _Step | None) -> str | None:
    """Why nobody was matched; None where somebody was."""
    if identified is None or identified.distance is None or identified.decision == "match":
        return None
    return f"the nearest face is {identified.distance:.2f} away; {identified.threshold:.2f} at most would match"
