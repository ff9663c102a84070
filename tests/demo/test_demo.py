"""The demo as a newcomer starts it: a process of its own, on a folder of its own, that leaves nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inference.weights import ModelStore

pytestmark = [pytest.mark.models, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all of them: the later ones start as a second run does."""
    return tmp_path_factory.mktemp("demo")


def environment(store: ModelStore, folder: Path) -> dict[str, str]:
    return {**os.environ, "FACECHECKIN_MODELS": str(store.folder), "FACECHECKIN_DATA": str(folder), "COLUMNS": "200"}


def left_running(folder: Path) -> list[str]:
    """The command lines of processes that name `folder`, or whose working data lies in it."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = place.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            surroundings = place.joinpath("environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if place.name != str(os.getpid()) and str(folder) in command + surroundings:
            found.append(command)
    return found


def until_gone(folder: Path, within_s: float = 15.0) -> list[str]:
    deadline = time.monotonic() + within_s
    while (left := left_running(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def test_played_once_every_check_in_ends_as_expected_and_nothing_is_left_running(
    model_store: ModelStore, folder: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "adapters.cli", "demo", "--once"],
        env=environment(model_store, folder),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "16 of 16 check-ins ended as expected" in done.stdout
    assert "The picture is blurred. Please hold still for a moment." in done.stdout
    assert until_gone(folder) == []


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_it_leaves_nothing_running(
    model_store: ModelStore, folder: Path, ending: signal.Signals
) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "adapters.cli", "demo"],
        env=environment(model_store, folder),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        try:
            assert demo.stdout is not None
            assert any(line.startswith("the server was ready") for line in demo.stdout)
            assert left_running(folder)
            demo.send_signal(ending)
            demo.wait(timeout=60)
            assert until_gone(folder) == []
        finally:
            demo.kill()
