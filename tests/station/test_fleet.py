"""Many stations in one process: each check-in is made on time, answered once, and accounted for."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edge_device.contract import IdentityAnswer
from edge_device.fleet_tally import FleetTally, latency
from edge_device.record import Waiting
from edge_device.steps import Identified, Saved, Settled
from tests.station.fault_server import TOKEN, FaultServer, Seen, problem
from tests.station.pictures import write_burst

Report = dict[str, Any]  # Any: a JSON object, looked at key by key


def command(folder: Path, url: str, *options: str) -> list[str]:
    for number in range(3):
        if not (folder / "bursts" / f"{number}").exists():
            write_burst(folder / "bursts" / f"{number}", number)
    token_file = folder / "token"
    token_file.write_text(TOKEN, encoding="ascii")
    given = ["--server", url, "--token-file", str(token_file), "--state", str(folder / "state"), *options]
    return [sys.executable, "-m", "edge_device", "simulate", str(folder / "bursts"), *given]


def simulate(folder: Path, url: str, *options: str) -> tuple[int, Report]:
    ran = subprocess.run(command(folder, url, "--json", *options), capture_output=True, text=True, timeout=60)
    assert ran.stderr == ""
    report: Report = json.loads(ran.stdout)
    return ran.returncode, report


def test_a_fleet_checks_people_in_at_its_rate_and_accounts_for_each(tmp_path: Path) -> None:
    with FaultServer().running() as server:
        server.scripts["identify"].extend([None, "500-after", "cut"])
        code, report = simulate(tmp_path, server.url, "--stations", "4", "--rate", "40", "--count", "40")
    arrivals = sorted(
        {
            str(seen.request["burst_id"]): seen.at_s for seen in reversed(server.seen) if "burst_id" in seen.request
        }.values()
    )
    assert code == 0
    assert {name: report[name] for name in ("stations", "saved", "answered", "left", "lost", "doubled")} == {
        "stations": 4, "saved": 40, "answered": 40, "left": 0, "lost": 0, "doubled": 0
    }  # fmt: skip
    assert report["decisions"] == {"match": 40}
    assert report["attempts_failed"] >= 2
    assert report["identify_ms"]["p50"] <= report["identify_ms"]["p95"] <= report["identify_ms"]["p99"]
    assert len(arrivals) == 40
    assert arrivals[-1] - arrivals[0] >= 0.8
    assert sorted(place.name for place in (tmp_path / "state").iterdir()) == [f"station-00{n}" for n in (1, 2, 3, 4)]


def test_refusals_are_counted_by_their_code(tmp_path: Path) -> None:
    def refuse(seen: Seen) -> Any:  # Any: what the server may do
        return problem(422, "image-blurred", "new_capture") if seen.operation == "identify" else None

    with FaultServer().running() as server:
        server.always = refuse
        code, report = simulate(tmp_path, server.url, "--stations", "2", "--rate", "50", "--count", "6")
    assert (code, report["refused"], report["answered"], report["lost"]) == (0, {"image-blurred": 6}, 6, 0)


def test_what_a_stopped_fleet_could_not_send_waits_for_the_next_run(tmp_path: Path) -> None:
    with FaultServer().running() as server:
        server.always = lambda _: "reset-before"
        running = subprocess.Popen(
            command(tmp_path, server.url, "--stations", "2", "--rate", "20"), stdout=subprocess.PIPE, text=True
        )
        assert running.stdout is not None
        live = running.stdout.readline()
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=20)
        assert "under way" in live
        assert running.returncode == 1
        assert "lost 0, doubled 0" in said
        server.always = lambda _: None
        code, report = simulate(tmp_path, server.url, "--stations", "2", "--rate", "20", "--count", "1")
    assert code == 0
    assert report["found"] >= 1
    assert report["answered"] == report["found"] + 1


def saved(burst_id: str) -> Saved:
    return Saved(burst_id=burst_id, sequence=1, put_ms=1.0, waiting=1)


def identified(burst_id: str, checkin_id: str) -> Identified:
    answer = IdentityAnswer(
        match=True, decision="match", confidence=0.9, identity_id=None, checkin_id=checkin_id, name=None,
        distance=None, threshold=None, margin=None, model=None, timings_ms={},
    )  # fmt: skip
    return Identified(burst_id=burst_id, answer=answer, attempt=1, latency_ms=5.0, since_capture_ms=9.0)


def test_a_burst_that_is_neither_answered_nor_kept_is_lost() -> None:
    tally = FleetTally()
    tally.listen(saved("one"))
    assert tally.report(stations=1, wall_s=1.0, left=1).lost == 0
    assert tally.report(stations=1, wall_s=1.0, left=0).lost == 1
    tally.listen(Settled(burst_id="one", waiting=0))
    assert tally.report(stations=1, wall_s=1.0, left=0).lost == 1


@pytest.mark.parametrize("second", ["b", "a"])
def test_only_a_second_check_in_of_one_burst_is_a_double(second: str) -> None:
    tally = FleetTally()
    tally.listen(saved("one"))
    tally.listen(identified("one", "a"))
    tally.listen(identified("one", second))
    assert tally.report(stations=1, wall_s=1.0, left=1).doubled == (second == "b")
    assert tally.answered == 1


def test_an_answer_after_a_burst_was_done_is_a_double() -> None:
    tally = FleetTally()
    tally.find([Waiting(1, "one", "a")])
    tally.listen(Settled(burst_id="one", waiting=0))
    tally.listen(identified("one", "a"))
    report = tally.report(stations=1, wall_s=1.0, left=0)
    assert (report.found, report.lost, report.doubled) == (1, 0, 1)


def test_percentiles_are_the_nearest_rank() -> None:
    measured = latency([float(number) for number in range(1, 101)])
    assert (measured.p50, measured.p95, measured.p99) == (50.0, 95.0, 99.0)
    assert latency([]).p50 is None
