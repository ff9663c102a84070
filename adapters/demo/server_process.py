"""A server of one's own: `facecheckin serve` as a child, watched until it is ready, stopped with its owner."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import httpx

from adapters.settings import Settings

READY_WITHIN_S = 60.0


class ServerFailed(Exception):
    """The server ended, or did not get ready in time; the message holds the end of its log."""


class ServerProcess:
    """`facecheckin serve` on `settings`, its log in `log_file`. A context manager: leaving it stops the server."""

    def __init__(self, settings: Settings, log_file: Path) -> None:
        self._settings = settings
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self.base_url = f"http://{settings.host}:{settings.port}"
        self.ready_after_s = 0.0

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server was not started"
        return self._process.pid

    def start(self, report: Callable[[str], None] = lambda _: None) -> None:
        """Returns once every stage has run warm; `report` hears what it still waits for. Raises ServerFailed."""
        begun = time.monotonic()
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "adapters.cli", "serve", "--with-parent"],
                env={**os.environ, **_environment(self._settings)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches its owner, who then stops it in order
            )
        while not self._ready(report):
            if self._process.poll() is not None or time.monotonic() - begun > READY_WITHIN_S:
                self.stop()
                raise ServerFailed(f"the server did not get ready; the end of {self._log_file}:\n{self.log_tail()}")
            time.sleep(0.05)
        self.ready_after_s = time.monotonic() - begun

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait(self) -> int:
        """Its exit status, once it has ended by itself."""
        assert self._process is not None, "the server was not started"
        return self._process.wait(timeout=20)

    def log_tail(self, lines: int = 15) -> str:
        return "\n".join(self._log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _ready(self, report: Callable[[str], None]) -> bool:
        try:
            answer = httpx.get(f"{self.base_url}/health/ready/", timeout=2.0)
        except httpx.TransportError:
            report("starting")
            return False
        report("ready" if answer.is_success else "warming the models")
        return answer.is_success


def free_port(wanted: int) -> int:
    """`wanted`, or any free port of this machine where it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port")


def _environment(settings: Settings) -> dict[str, str]:
    environment = {
        "FACECHECKIN_DATA": str(settings.data_dir),
        "FACECHECKIN_MODELS": str(settings.models_dir),
        "FACECHECKIN_KEYS": str(settings.keys_file),
        "FACECHECKIN_HOST": settings.host,
        "FACECHECKIN_PORT": str(settings.port),
        "FACECHECKIN_IDENTITY": settings.identity_model,
        "FACECHECKIN_EMOTION": settings.emotion_policy,
        "FACECHECKIN_QUEUE": str(settings.queue_size),
    }
    if settings.database_url is not None:
        environment["DATABASE_URL"] = settings.database_url
    return environment
