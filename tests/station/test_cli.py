"""The program itself, as a process: it plays, it goes on after a kill, it stops, it says what is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.station.fault_server import TOKEN, FaultServer, problem
from tests.station.pictures import blurred, jpeg, scene, write_burst

Lines = list[dict[str, Any]]  # Any: lines of JSON, looked at key by key


class Desk:
    """A folder of bursts, a token and a state folder for one station."""

    def __init__(self, folder: Path) -> None:
        self.bursts = folder / "bursts"
        self.state = folder / "state"
        self.token_file = folder / "token"
        self.token_file.write_text(TOKEN + "\n", encoding="ascii")
        self.token_file.chmod(0o600)

    def command(self, name: str, url: str, *options: str) -> list[str]:
        where = [str(self.bursts)] if name == "play" else []
        given = ["--server", url, "--token-file", str(self.token_file), "--state", str(self.state), *options]
        return [sys.executable, "-m", "edge_device", name, *where, *given]

    def play(self, url: str, *options: str) -> tuple[int, Lines]:
        ran = subprocess.run(
            self.command("play", url, "--json", *options), capture_output=True, text=True, timeout=60, check=False
        )
        return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer().running() as running:
        yield running


def steps(lines: Lines, name: str) -> Lines:
    return [line for line in lines if line["step"] == name]


def test_a_folder_is_played_step_by_step(desk: Desk, server: FaultServer) -> None:
    write_burst(desk.bursts / "01", 1, '{"user_id": "ada", "label": "Ada comes in"}')
    write_burst(desk.bursts / "02", 2)
    code, lines = desk.play(server.url)
    assert code == 0
    of_a_burst = ["captured", "saved", "sent", "identified", "sent", "emotion_read", "settled"]
    assert [line["step"] for line in lines] == of_a_burst * 2
    assert {line["label"] for line in lines[:7]} == {"Ada comes in"}
    assert {line["source"] for line in lines[7:]} == {"02"}
    identified, emotion = lines[3], lines[5]
    assert (identified["name"], identified["decision"], identified["match"]) == ("Ada", "match", True)
    assert identified["timings_ms"] == {"detect": 4.0, "embed": 6.5}
    assert emotion["dominant_emotion"] == "happy"
    assert identified["latency_ms"] > 0
    assert emotion["latency_ms"] > 0
    assert str(server.seen[0].request["captured_at"]).endswith("Z")


def test_people_read_a_line_a_step(desk: Desk, server: FaultServer) -> None:
    write_burst(desk.bursts / "01", 1)
    ran = subprocess.run(desk.command("play", server.url), capture_output=True, text=True, timeout=60, check=True)
    lines = ran.stdout.splitlines()
    assert any("checked in: Ada" in line for line in lines)
    assert any("looks happy" in line for line in lines)


def test_a_hopeless_burst_stays_here_unless_told_otherwise(desk: Desk, server: FaultServer) -> None:
    write_burst(desk.bursts / "01", 1)
    for number in range(1, 7):
        (desk.bursts / "01" / f"frame{number}.jpg").write_bytes(jpeg(blurred(scene(number), 12)))
    code, lines = desk.play(server.url)
    assert (code, [line["step"] for line in lines]) == (0, ["retake"])
    assert lines[0]["reason"] == "blurred"
    assert server.seen == []
    server.scripts["identify"].append(problem(422, "image-blurred", "new_capture", sentence="Please hold still."))
    code, lines = desk.play(server.url, "--as-it-is")
    assert code == 0
    assert steps(lines, "refused")[0]["sentence"] == "Please hold still."


def test_killed_between_saving_and_sending_it_goes_on_at_the_next_start(desk: Desk, server: FaultServer) -> None:
    write_burst(desk.bursts / "01", 1)
    command = desk.command("play", "http://127.0.0.1:9", "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as station:
        assert station.stdout is not None
        saved = next(line for line in map(json.loads, station.stdout) if line["step"] == "saved")
        station.kill()
    assert server.seen == []
    code, lines = desk.play(server.url)
    assert code == 0
    assert saved["burst_id"] in {line["burst_id"] for line in steps(lines, "emotion_read")}
    assert len(steps(lines, "emotion_read")) == 2


def test_what_cannot_be_sent_is_said_and_counted(desk: Desk) -> None:
    write_burst(desk.bursts / "01", 1)
    command = desk.command("play", "http://127.0.0.1:9", "--patience", "0.1")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as station:
        assert station.stdout is not None
        for line in station.stdout:
            assert "checked in" not in line
            if "offline" in line:
                station.terminate()
        assert station.stderr is not None
        assert "1 saved and not yet sent" in station.stderr.read()
    assert station.returncode == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_on_a_signal(desk: Desk, server: FaultServer, number: signal.Signals) -> None:
    write_burst(desk.bursts / "01", 1)
    command = desk.command("play", server.url, "--json", "--repeat")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as station:
        assert station.stdout is not None
        for line in station.stdout:
            if json.loads(line)["step"] == "settled":
                break
        station.send_signal(number)
        _, errors = station.communicate(timeout=20)
    assert "Traceback" not in errors
    # 1 where a burst was under way: it stays saved.
    assert station.returncode in (0, 1)


def test_it_runs_with_a_camera_and_a_timer_until_it_is_stopped(desk: Desk, server: FaultServer, film: Path) -> None:
    options = ["--json", "--camera", "usb", "--device", str(film), "--every", "0.05"]
    with subprocess.Popen(desk.command("run", server.url, *options), stdout=subprocess.PIPE, text=True) as station:
        assert station.stdout is not None
        settled = 0
        for line in station.stdout:
            settled += json.loads(line)["step"] == "settled"
            if settled == 3:
                station.terminate()
    assert settled >= 3
    assert len(server.effects) == 2 * len({digest for _, digest in server.effects})


def test_it_runs_at_each_press_of_enter(desk: Desk, server: FaultServer, film: Path) -> None:
    options = ["--json", "--camera", "usb", "--device", str(film), "--capture", "key"]
    command = desk.command("run", server.url, *options)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as station:
        assert station.stdin is not None
        assert station.stdout is not None
        station.stdin.write("\n")
        station.stdin.flush()
        for line in station.stdout:
            if json.loads(line)["step"] == "settled":
                station.terminate()
    assert list(server.effects.values()) == [1, 1]


def test_without_a_keyboard_it_asks_for_a_timer(desk: Desk, server: FaultServer, film: Path) -> None:
    options = ["--camera", "usb", "--device", str(film), "--capture", "key"]
    command = desk.command("run", server.url, *options)
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert "use --every" in ran.stderr


def test_the_token_may_come_from_the_environment(desk: Desk, server: FaultServer) -> None:
    write_burst(desk.bursts / "01", 1)
    command = [sys.executable, "-m", "edge_device", "play", str(desk.bursts), "--server", server.url]
    command += ["--state", str(desk.state)]
    environment = {**os.environ, "FACECHECKIN_TOKEN": TOKEN}
    subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)
    environment.pop("FACECHECKIN_TOKEN")
    without = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert without.returncode == 1
    assert "FACECHECKIN_TOKEN" in without.stderr


@pytest.mark.parametrize("url", ["ftp://host", "https://user:secret@host", "https://host/?token=secret", "host"])
def test_an_address_with_a_secret_in_it_is_refused(desk: Desk, url: str) -> None:
    ran = subprocess.run(desk.command("play", url), capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "--server" in ran.stderr


def test_the_doctor_finds_nothing_wrong_where_nothing_is(desk: Desk, server: FaultServer) -> None:
    ran = subprocess.run(
        desk.command("doctor", server.url, "--camera", "none"), capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stdout
    assert "The server takes the token." in ran.stdout
    assert "agrees with the server's" in ran.stdout
    assert server.effects == {}


def test_the_doctor_says_what_is_wrong_with_each(desk: Desk, server: FaultServer) -> None:
    desk.token_file.write_text("wrong", encoding="ascii")
    desk.token_file.chmod(0o644)
    options = ["--camera", "usb", "--device", str(desk.state / "missing")]
    ran = subprocess.run(
        desk.command("doctor", server.url, *options), capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1
    assert "does not know this station's token" in ran.stdout
    assert "chmod 600" in ran.stdout
    assert "The camera gives no burst" in ran.stdout


def test_the_doctor_says_that_nobody_answers(desk: Desk) -> None:
    command = desk.command("doctor", "http://127.0.0.1:9", "--camera", "none")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert "No answer comes from http://127.0.0.1:9 (connect-error)" in ran.stdout
