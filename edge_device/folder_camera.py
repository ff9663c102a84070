"""A camera that plays a folder: each subfolder is a burst of six JPEG files, sent as they are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_device.camera import FRAMES_PER_BURST, Burst, CameraEnded, CameraFailed, CameraUnusable, Frame, Luminance
from edge_device.selection import decode_small

LARGEST_FILE_BYTES = 16 * 1024 * 1024
_NOBODY_GLANCES = 10
NOBODY_GREY = 96


@dataclass(frozen=True, slots=True)
class BurstNote:
    """What `burst.json` beside the frames may say."""

    user_id: str | None = None
    label: str | None = None


class FolderCamera:
    """Plays the bursts under `folder` in the order of their names; `repeat` starts over at the end.

    A burst is a folder with `frame1.jpg` to `frame6.jpg`. The frames are not looked at: damaged ones are played too.
    """

    def __init__(self, folder: Path, *, repeat: bool = False) -> None:
        self._folder = folder
        self._repeat = repeat
        self._bursts: Iterator[Path] = iter(())
        self._next: Path | None = None
        self._nobody_left = _NOBODY_GLANCES

    def open(self) -> None:
        folders = burst_folders(self._folder)
        if not folders:
            raise CameraUnusable(f"no bursts in {self._folder}: a burst is a folder with frame1.jpg to frame6.jpg")
        self._bursts = _endless(folders) if self._repeat else iter(folders)
        self._next, self._nobody_left = None, _NOBODY_GLANCES

    def capture_burst(self) -> Burst:
        folder = self._upcoming()
        self._next, self._nobody_left = None, _NOBODY_GLANCES
        return read_burst(folder)

    def glance(self) -> Luminance:
        """Between two bursts nobody is there for ten glances; then whoever the next burst shows, until it is taken."""
        upcoming = self._upcoming()
        self._nobody_left -= 1
        seen = None if self._nobody_left >= 0 else decode_small(_read_frame(upcoming / "frame1.jpg").jpeg)
        return np.full((240, 320), NOBODY_GREY, np.uint8) if seen is None else seen

    def _upcoming(self) -> Path:
        self._next = self._next or next(self._bursts, None)
        if self._next is None:
            raise CameraEnded(f"every burst of {self._folder} was played")
        return self._next

    def close(self) -> None:
        self._bursts, self._next = iter(()), None


def burst_folders(folder: Path) -> list[Path]:
    """The folders of bursts under `folder`, or `folder` itself where it holds frames."""
    if not folder.is_dir():
        raise CameraUnusable(f"{folder} is not a folder")
    if (folder / "frame1.jpg").exists():
        return [folder]
    return sorted(child for child in folder.iterdir() if (child / "frame1.jpg").exists())


def read_burst(folder: Path) -> Burst:
    note = _read_note(folder / "burst.json")
    frames = tuple(_read_frame(folder / f"frame{number}.jpg") for number in range(1, FRAMES_PER_BURST + 1))
    return Burst(frames=frames, user_id=note.user_id, label=note.label, source=folder.name)


def write_burst(burst: Burst, folder: Path) -> None:
    """The frames of `burst` as `read_burst` reads them. Raises CameraFailed where the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, frame in enumerate(burst.frames, start=1):
            (folder / f"frame{number}.jpg").write_bytes(frame.jpeg)
    except OSError as error:
        raise CameraFailed(f"{folder} cannot be written: {error.strerror}") from error


def _read_frame(path: Path) -> Frame:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise CameraUnusable(f"{path} is larger than {LARGEST_FILE_BYTES // 1024 // 1024} MiB")
        return Frame(jpeg=path.read_bytes(), monotonic_ns=time.monotonic_ns())
    except OSError as error:
        raise CameraUnusable(f"{path} cannot be read: {error.strerror}") from error


def _read_note(path: Path) -> BurstNote:
    if not path.exists():
        return BurstNote()
    try:
        note: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CameraUnusable(f"{path} cannot be read: {error}") from error
    if not isinstance(note, dict):
        raise CameraUnusable(f"{path} must hold a JSON object")
    texts: dict[str, str | None] = {}
    for key in ("user_id", "label"):
        text = note.get(key)
        if text is not None and not isinstance(text, str):
            raise CameraUnusable(f"{path}: {key} must be a string")
        texts[key] = text
    return BurstNote(user_id=texts["user_id"], label=texts["label"])


def _endless(folders: list[Path]) -> Iterator[Path]:
    while True:
        yield from folders
