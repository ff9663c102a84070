"""Processes to be killed are forked from one that has imported everything: a start takes milliseconds, not a second.

A child is a process like any other: it has its own files, its own connections and its own outboxes, and ends by -9.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Literal

from adapters.serving import end_with_parent, serve_forever
from adapters.settings import load_settings
from tests.station.torture.recogniser import open_recogniser
from tests.station.torture.stations import Orders, play

Role = Literal["server", "stations"]
_FAILED = 1


class Child:
    """Somebody else's child, known by a file descriptor, so that its number cannot come to mean another process."""

    def __init__(self, pid: int) -> None:
        self._file = os.pidfd_open(pid)

    @property
    def ended(self) -> bool:
        return bool(select.select([self._file], [], [], 0)[0])

    def kill(self) -> None:
        self._end(signal.SIGKILL, 10.0)

    def terminate(self, within_s: float) -> None:
        """Raises TimeoutError where it goes on."""
        self._end(signal.SIGTERM, within_s)

    def _end(self, number: signal.Signals, within_s: float) -> None:
        if not self.ended:
            signal.pidfd_send_signal(self._file, number)
        if not select.select([self._file], [], [], within_s)[0]:
            raise TimeoutError(f"the process goes on after {number.name}")


class Nursery:
    """A context manager: leaving it ends every child."""

    def __enter__(self) -> Nursery:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.station.torture.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Threads that libraries start on import are missing in the children: the one left is onnxruntime's, unused.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def server(self, environment: dict[str, str], log: Path) -> Child:
        """Our server, with its settings by their names in the environment."""
        return self._start("server", environment, log)

    def stations(self, orders: dict[str, object], log: Path) -> Child:
        return self._start("stations", orders, log)

    def _start(self, role: Role, orders: object, log: Path) -> Child:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([role, orders, str(log)]) + "\n")
        self._process.stdin.flush()
        return Child(int(self._process.stdout.readline()))


def main() -> None:
    """A number for each line of orders, until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to wait for them
    for line in sys.stdin:
        role, orders, log = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(role, orders, log)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _live(role: Role, orders: dict[str, str], log: str) -> None:
    """Never returns."""
    status = _FAILED
    try:
        end_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _redirect(log)
        if role == "server":
            os.environ.update(orders)
            serve_forever(load_settings(), open_recogniser)
        else:
            asyncio.run(play(Orders(**orders)))  # type: ignore[arg-type]  # JSON of the very same struct
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _redirect(log: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)


if __name__ == "__main__":
    main()
