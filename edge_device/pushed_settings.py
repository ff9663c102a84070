"""The settings that administrators push to a station: checked, kept on the disk, and in force without a restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from edge_device.capture_settings import CaptureMode, CaptureSettings
from edge_device.durable_file import write_durably

Language = Literal["en", "de", "ar"]
_FILE = "settings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedSettings:
    """`cooldown_s`: between two people. `retake_limit`: takes after the first. `heartbeat_s`: between two heartbeats.

    `emotion`: whether the other five frames are sent for the mood.
    """

    language: Language = "en"
    cooldown_s: float = 3.0
    retake_limit: int = 3
    capture: CaptureMode = "presence"
    heartbeat_s: float = 30.0
    emotion: bool = True

    @property
    def capture_settings(self) -> CaptureSettings:
        return CaptureSettings(mode=self.capture, cooldown_s=self.cooldown_s, retake_limit=self.retake_limit)


class SettingsInForce:
    """What is in force now, `current`, with its version; 0 before an administrator set anything.

    Owned by one event loop. Whoever reads `current` each time needs no `subscribe`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Without a folder nothing outlives the process. A damaged file counts as none: the next heartbeat mends it."""
        self._path = None if folder is None else folder / _FILE
        self._listeners: list[Callable[[PushedSettings], None]] = []
        self.current = PushedSettings()
        self.version = 0
        kept = _read(self._path)
        if kept is not None:
            self.version = kept[0]
            self.current, _ = checked(kept[1], self.current)

    def subscribe(self, listener: Callable[[PushedSettings], None]) -> None:
        """Called after each change, with what is in force from then on."""
        self._listeners.append(listener)

    def take(self, offered: Mapping[str, object], version: int) -> tuple[str, ...] | None:
        """Put into force what makes sense of it: the fields that do not; None where nothing is new."""
        settings, kept = checked(offered, self.current)
        if version == self.version and settings == self.current:
            return None
        if self._path is not None:
            content = {"version": version, "settings": asdict(settings)}
            write_durably(self._path, json.dumps(content, indent=2).encode() + b"\n")
        self.current, self.version = settings, version
        for listener in self._listeners:
            listener(settings)
        return kept


def checked(offered: Mapping[str, object], before: PushedSettings) -> tuple[PushedSettings, tuple[str, ...]]:
    """`before` with every field of `offered` that makes sense, and the names of those that do not.

    Fields that this program does not know are a newer server's, and no fault.
    """
    taken: dict[str, object] = {}
    refused = []
    for name, makes_sense in _CHECKS.items():
        if name not in offered:
            continue
        if makes_sense(offered[name]):
            taken[name] = offered[name]
        else:
            refused.append(name)
    return replace(before, **taken), tuple(refused)  # type: ignore[arg-type]  # each field was checked by its name


def _between(value: object, lowest: float, highest: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "language": lambda value: value in get_args(Language),
    "cooldown_s": lambda value: _between(value, 0.5, 30.0),
    "retake_limit": lambda value: isinstance(value, int) and _between(value, 0, 10),
    "capture": lambda value: value in get_args(CaptureMode),
    "heartbeat_s": lambda value: _between(value, 5.0, 300.0),
    "emotion": lambda value: isinstance(value, bool),
}


def _read(path: Path | None) -> tuple[int, Mapping[str, object]] | None:
    if path is None:
        return None
    try:
        content = json.loads(path.read_bytes())
        version, settings = content["version"], content["settings"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (version, settings) if isinstance(version, int) and isinstance(settings, dict) else None
