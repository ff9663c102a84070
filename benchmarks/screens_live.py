"""How soon a check-in is seen: from its commit in the server's process to the green card in a browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import msgspec
import numpy as np
from playwright.sync_api import Page

from benchmarks.screens_server import Committed, Serving

# `painted`: in the second animation frame after the change, when the first has been painted: rather late than early.
_HEAR = """(() => {
  window.stamp = () => performance.timeOrigin + performance.now();
  const Own = window.WebSocket;
  window.WebSocket = class extends Own {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (data.includes('"checked_in"')) window.heard = window.stamp();
      });
    }
  };
})();"""
_WATCH = """() => {
  const card = document.getElementById("card");
  window.seen = new Promise((tell) => new MutationObserver((_, watching) => {
    if (card.dataset.kind !== "processing") return;
    watching.disconnect();
    new MutationObserver((_, waiting) => {
      if (card.dataset.kind !== "checked_in") return;
      waiting.disconnect();
      const changed = window.stamp();
      requestAnimationFrame(() => requestAnimationFrame(() =>
        tell({ heard: window.heard, changed, painted: window.stamp() })));
    }).observe(card, { attributes: true, attributeFilter: ["data-kind"] });
  }).observe(card, { attributes: true, attributeFilter: ["data-kind"] }));
}"""


class Seen(msgspec.Struct, frozen=True):
    """Milliseconds since 1970: the message came to the page, its card changed, and that was painted."""

    heard: float
    changed: float
    painted: float


class Painted(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds after the commit, one for each check-in."""

    heard_ms: list[float]
    changed_ms: list[float]
    painted_ms: list[float]

    def __str__(self) -> str:
        lines = []
        for words, took in (
            ("the message is in the page (floor)", self.heard_ms),
            ("its card has changed", self.changed_ms),
            ("the green card is painted", self.painted_ms),
        ):
            p50, p95, most = np.percentile(took, [50, 95, 100])
            lines.append(f"  {words:36s} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   most {most:6.1f} ms")
        return "\n".join(lines)


class ServerProcess:
    """A server in a process of its own, and check-ins in it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = msgspec.json.decode(self._line(), type=Serving).port

    def check_in(self, person: UUID) -> int:
        """When the match was committed, in nanoseconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{person}\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._line(), type=Committed).at_ns

    def _line(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return line
        raise RuntimeError("the server ended")


@contextmanager
def server_process(dsn: str, keys_file: Path) -> Iterator[ServerProcess]:
    command = [sys.executable, "-m", "benchmarks.screens_server", dsn, str(keys_file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield ServerProcess(process)
        finally:
            process.terminate()


def hear(page: Page) -> None:
    """Before the page is opened: have it note when messages come."""
    page.add_init_script(_HEAR)


def painted(page: Page, server: ServerProcess, person: UUID, check_ins: int) -> Painted:
    """One check-in after another, with the page open and live."""
    found: list[tuple[float, Seen]] = []
    for _ in range(check_ins + 3):
        page.evaluate(_WATCH)
        committed_ms = server.check_in(person) / 1e6
        found.append((committed_ms, msgspec.convert(page.evaluate("() => window.seen"), Seen)))
    measured = found[3:]  # the first warm the connections and the page's code
    return Painted(
        heard_ms=[seen.heard - committed_ms for committed_ms, seen in measured],
        changed_ms=[seen.changed - committed_ms for committed_ms, seen in measured],
        painted_ms=[seen.painted - committed_ms for committed_ms, seen in measured],
    )
