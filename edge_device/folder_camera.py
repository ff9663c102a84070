"""A camera that plays a folder: each subfolder is a burst of six JPEG files, sent as they are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_device.camera import FRAMES_PER_BURST, Burst, CameraEnded, CameraFailed, CameraUnusable, Frame

LARGEST_FILE_BYTES = 16 * 1024 * 1024


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

    def open(self) -> None:
        folders = burst_folders(self._folder)
        if not folders:
            raise CameraUnusable(f"no bursts in {self._folder}: a burst is a folder with frame1.jpg to frame6.jpg")
        self._bursts = _endless(folders) if self._repeat else iter(folders)

    def capture_burst(self) -> Burst:
        folder = next(self._bursts, None)
        if folder is None:
            raise CameraEnded(f"every burst of {self._folder} was played")
        return read_burst(folder)

    def close(self) -> None:
        self._bursts = iter(())


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
