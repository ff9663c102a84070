"""Keeps what is shown, tells whoever draws it of every change, and lets moments pass when their time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edge_device.happenings import Happening
from edge_device.lights import light_of, sound_of
from edge_device.panel_pins import Panel
from edge_device.presentation import Presentation, Timings
from edge_device.presenting import after, at

Watcher = Callable[[Presentation], None]


class Presenter:
    """Owned by one event loop. Watchers are called in turn, at once with what is shown, and must not block."""

    def __init__(self, timings: Timings | None = None) -> None:
        self._timings = timings or Timings()
        self._watchers: list[Watcher] = []
        self._timer: asyncio.TimerHandle | None = None
        self.shown = Presentation()

    def tell(self, happening: Happening) -> None:
        now_s = asyncio.get_running_loop().time()
        self._change(after(self.shown, happening, now_s, self._timings))

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Calls `watcher` now and at every change; answers how to stop that."""
        self._watchers.append(watcher)
        watcher(self.shown)
        return lambda: self._watchers.remove(watcher)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _change(self, shown: Presentation) -> None:
        if shown != self.shown:
            self.shown = shown
            for watcher in tuple(self._watchers):
                watcher(shown)
        self.close()
        if shown.changes_at_s is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(shown.changes_at_s, self.pass_moment)

    def pass_moment(self) -> None:
        """The moment's time is over. A timer may come a hair early: the moment's own end is what counts."""
        now_s = max(asyncio.get_running_loop().time(), self.shown.changes_at_s or 0.0)
        self._change(at(self.shown, now_s, self._timings))


def on_panel(panel: Panel) -> Watcher:
    """Lights and sounds for what is shown."""
    before = Presentation().kind

    def show(shown: Presentation) -> None:
        nonlocal before
        panel.show(light_of(shown))
        sound = sound_of(before, shown.kind)
        before = shown.kind
        if sound is not None:
            panel.sound(sound)

    return show
