"""The commands of a station's identity as processes: pair, run, rotate-key, unpair, doctor; and killed on the way."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_device.cli import main
from edge_device.identity import Identity
from edge_device.outbox_file import open_outbox
from tests.station.fault_server import FaultServer
from tests.station.identity_bench import enlisted
from tests.station.office import Office, key_id_of
from tests.station.pictures import write_burst
from tests.station.test_outbox import draft

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "FACECHECKIN_TOKEN"}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer().running() as running:
        yield running


def command(name: str, state: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "edge_device", name, *options, "--state", str(state)]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Ran = Callable[..., Outcome]


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ran:
    """The program in this process: what it needs of a process of its own, the kills, is below."""
    monkeypatch.delenv("FACECHECKIN_TOKEN", raising=False)

    def run(name: str, state: Path, *options: str) -> Outcome:
        capsys.readouterr()
        code = main(command(name, state, *options)[3:])
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return run


def approve_at_once(office: Office) -> None:
    office.on_pairing = office.approve


def save_one(state: Path) -> None:
    """A burst that an earlier start could not send."""
    opened = open_outbox(state, boot_id="the boot before")
    opened.outbox.put(draft(1))
    opened.close()


def test_pairing_shows_the_code_and_who_is_to_be_asked(tmp_path: Path, server: FaultServer, ran: Ran) -> None:
    server.office.on_pairing = lambda pairing: threading.Timer(0.2, server.office.approve, [pairing]).start()
    outcome = ran("pair", tmp_path, "--server", server.url, "--name", "Front door")
    assert outcome.code == 0, outcome.err
    assert "B  C  D  F  -  G  H  J  K" in outcome.out
    assert f"Ask an administrator of {server.url} to approve BCDF-GHJK." in outcome.out
    assert "this station is Front door in A1" in outcome.out
    asked = json.loads(server.office.requests[0].body)
    assert (asked["name"], set(asked)) == ("Front door", {"public_key", "name", "software"})
    again = ran("pair", tmp_path)
    assert again.code == 0
    assert f"paired with {server.url} already" in again.out


def test_a_station_that_is_started_unpaired_shows_the_code_and_goes_on(
    tmp_path: Path, server: FaultServer, film: Path
) -> None:
    options = ["--server", server.url, "--json", "--camera", "usb", "--device", str(film), "--every", "0.05"]
    story = []
    with subprocess.Popen(
        command("run", tmp_path, *options), stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as station:
        assert station.stdout is not None
        for line in map(json.loads, station.stdout):
            story.append(line["step"])
            if line["step"] == "pairing_code":
                assert (line["code"], line["expires_at"]) == ("BCDF-GHJK", "2026-11-22T10:15:00Z")
                server.office.approve(next(iter(server.office.pairings.values())))
            if line["step"] == "settled":
                station.terminate()
    assert story[:3] == ["unpaired", "pairing_code", "paired"]
    assert "identified" in story
    assert server.office.beats


def test_a_paired_station_needs_no_token_and_no_address(tmp_path: Path, server: FaultServer, ran: Ran) -> None:
    enlisted(tmp_path / "state", server)
    write_burst(tmp_path / "bursts" / "01", 1)
    outcome = ran("play", tmp_path / "state", str(tmp_path / "bursts"), "--json")
    assert outcome.code == 0, outcome.err
    assert list(server.effects.values()) == [1, 1]
    assert server.office.refusals == []
    assert server.office.progress


def test_a_revoked_station_is_paired_anew_and_its_backlog_goes_on(
    tmp_path: Path, server: FaultServer, ran: Ran
) -> None:
    state = tmp_path / "state"
    enlisted(state, server)
    save_one(state)
    server.office.revoke()
    approve_at_once(server.office)
    paired = ran("pair", state)
    assert (paired.code, len(server.office.pairings)) == (0, 1), paired.err
    write_burst(tmp_path / "bursts" / "01", 2)
    outcome = ran("play", state, str(tmp_path / "bursts"), "--json")
    assert outcome.code == 0, outcome.err
    assert sorted(server.effects.values()) == [1] * 4


def test_the_key_is_replaced_on_request(tmp_path: Path, server: FaultServer, ran: Ran) -> None:
    before = enlisted(tmp_path, server).keys.made()
    outcome = ran("rotate-key", tmp_path)
    assert outcome.code == 0, outcome.err
    assert Identity(tmp_path).keys.made().key_id == server.office.rotations[0] != before.key_id
    server.office.revoke()
    refused = ran("rotate-key", tmp_path)
    assert refused.code == 1
    assert "the key is not replaced" in refused.err


def test_unpairing_forgets_the_key_and_keeps_the_backlog(tmp_path: Path, server: FaultServer, ran: Ran) -> None:
    enlisted(tmp_path / "state", server)
    save_one(tmp_path / "state")
    outcome = ran("unpair", tmp_path / "state")
    assert "1 saved and not yet sent" in outcome.out
    assert not (tmp_path / "state" / "identity.key").exists()
    unpaired = ran("play", tmp_path / "state", str(tmp_path))
    assert unpaired.code == 1
    assert "not paired and has no token" in unpaired.err


def test_a_damaged_pairing_can_be_unpaired(tmp_path: Path, ran: Ran) -> None:
    (tmp_path / "pairing.json").write_text("{", encoding="utf-8")
    (tmp_path / "identity.key").write_bytes(b"short")
    assert ran("unpair", tmp_path).code == 0
    assert Identity(tmp_path).pairing is None


def test_the_doctor_of_a_paired_station(tmp_path: Path, server: FaultServer, ran: Ran) -> None:
    enlisted(tmp_path, server)
    well = ran("doctor", tmp_path, "--camera", "none")
    assert well.code == 0, well.out
    assert f"Paired with {server.url} as Front door in A1." in well.out
    assert "The server accepts this station's signature." in well.out
    (tmp_path / "identity.key").chmod(0o644)
    server.office.revoke()
    ill = ran("doctor", tmp_path, "--camera", "none")
    assert ill.code == 1
    assert "chmod 600" in ill.out
    assert "does not accept this station's key (signature-invalid)" in ill.out
    ran("unpair", tmp_path)
    assert "run: facecheckin-station pair" in ran("doctor", tmp_path, "--camera", "none").out


def test_another_servers_address_is_not_taken_silently(tmp_path: Path, server: FaultServer, ran: Ran) -> None:
    enlisted(tmp_path / "state", server)
    write_burst(tmp_path / "bursts" / "01", 1)
    outcome = ran("play", tmp_path / "state", str(tmp_path / "bursts"), "--server", "http://127.0.0.1:9")
    assert outcome.code == 1
    assert "unpair it first" in outcome.err


def killed_after(seconds: float, line: list[str]) -> None:
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT) as station:
        try:
            station.wait(seconds)
        except subprocess.TimeoutExpired:
            station.kill()


def test_killed_again_and_again_while_it_is_paired_it_is_known_in_the_end(
    tmp_path: Path, server: FaultServer, ran: Ran
) -> None:
    rng = random.Random(3)
    for _ in range(4):
        killed_after(rng.uniform(0.3, 1.0), command("pair", tmp_path, "--server", server.url))
    approve_at_once(server.office)
    for pairing in server.office.pairings.values():
        server.office.approve(pairing)
    assert ran("pair", tmp_path, "--server", server.url).code == 0
    assert len(server.office.pairings) == 1
    key = Identity(tmp_path).keys.made()
    assert server.office.station_key == key.public_bytes
    assert ran("doctor", tmp_path, "--camera", "none").code == 0


def test_killed_again_and_again_while_the_key_is_replaced_it_stays_known(
    tmp_path: Path, server: FaultServer, ran: Ran
) -> None:
    enlisted(tmp_path, server)
    rotating = [sys.executable, "-m", "tests.station.rotating", str(tmp_path)]
    rng = random.Random(4)
    server.office.faults.extend([None, "reset-after", None, "cut", "reset-before", None] * 50)
    for _ in range(3):
        before = len(server.office.requests)
        with subprocess.Popen(rotating, env=ENVIRONMENT) as station:
            end_s = time.monotonic() + 20
            while len(server.office.requests) < before + 7 and time.monotonic() < end_s:
                time.sleep(0.001)
            time.sleep(rng.uniform(0.0, 0.02))
            station.kill()
    server.office.faults.clear()
    assert len(set(server.office.rotations)) == len(server.office.rotations) >= 3
    assert ran("rotate-key", tmp_path).code == 0
    assert server.office.station_key == Identity(tmp_path).keys.made().public_bytes
    assert key_id_of(server.office.station_key) == server.office.rotations[-1]
