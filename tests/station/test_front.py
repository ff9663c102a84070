"""The program with its face: people step up, the display shows it, systemd hears of it, and what is missing is said."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.station.fault_server import FaultServer
from tests.station.pictures import write_burst
from tests.station.test_cli import Desk


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer().running() as running:
        yield running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def screens(port: int) -> Iterator[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/screen", timeout=20) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))["kind"]


def test_a_person_steps_up_is_checked_in_and_sees_it_on_the_display(tmp_path: Path, server: FaultServer) -> None:
    desk = Desk(tmp_path)
    write_burst(desk.bursts / "01", 1)
    notify = tmp_path / "notify"
    port = free_port()
    options = ["--json", "--camera", "folder", "--device", str(desk.bursts), "--capture", "presence"]
    options += ["--kiosk", str(port), "--lamp-pins", "17,27,22"]
    environment = {**os.environ, "NOTIFY_SOCKET": str(notify), "WATCHDOG_USEC": "400000"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(notify))
        systemd.settimeout(20)
        command = desk.command("run", server.url, *options)
        with subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        ) as station:
            assert systemd.recv(100) == b"READY=1"
            seen = []
            for kind in screens(port):
                seen.append(kind)
                if kind == "checked_in":
                    break
            words = {systemd.recv(200) for _ in range(12)}
            station.send_signal(signal.SIGTERM)
            out, errors = station.communicate(timeout=20)
    order = [kind for kind in ("ready", "capturing", "checked_in") if kind in seen]
    assert order == sorted(order, key=seen.index)
    assert seen[-1] == "checked_in"
    assert b"WATCHDOG=1" in words
    assert "no lights, buzzer or button" in errors
    assert "Traceback" not in errors
    steps = [json.loads(line)["step"] for line in out.splitlines()]
    assert steps.index("triggered") < steps.index("captured") < steps.index("saved") < steps.index("identified")


def test_a_port_that_is_taken_costs_the_display_and_not_the_station(tmp_path: Path, server: FaultServer) -> None:
    desk = Desk(tmp_path)
    write_burst(desk.bursts / "01", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        options = ["--json", "--camera", "folder", "--device", str(desk.bursts), "--every", "5"]
        options += ["--kiosk", str(taken.getsockname()[1])]
        command = desk.command("run", server.url, *options)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        ) as station:
            assert station.stdout is not None
            for line in station.stdout:
                if json.loads(line)["step"] == "identified":
                    station.terminate()
            assert station.stderr is not None
            assert "no page for a display: port" in station.stderr.read()
