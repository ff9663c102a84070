"""Stations are killed again and again while the server misbehaves: nothing is lost, nothing is doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.station.driver import LEDGER_LINE_BYTES
from tests.station.fault_server import FaultServer

STATIONS = 2
BURSTS = 14
KILLS = 6
FAULT_SHARE = 0.5
LIMIT_S = 60.0
OUTAGE_EVERY_S = 0.6
OUTAGE_S = 0.25


@dataclass(frozen=True)
class Tally:
    """Of the bursts whose people were told "saved": how many the server never recorded, and how many more than once."""

    saved: int
    lost: int
    doubled: int
    emotions_missing: int
    kills: int


class Killed:
    """One station, started anew each time it is killed. `memory`: its outbox dies with it, like a queue in memory."""

    def __init__(self, folder: Path, url: str, *, with_burst_ids: bool, memory: bool) -> None:
        self.ledger = folder / "ledger"
        self._folder = folder
        self._url = url
        self._ids = "with-ids" if with_burst_ids else "without-ids"
        self._memory = memory
        self._starts = 0
        folder.mkdir()
        self.start()

    def start(self) -> None:
        self._starts += 1
        state = self._folder / (f"state-{self._starts}" if self._memory else "state")
        places = [str(state), str(self.ledger), self._url]
        self.process = subprocess.Popen([sys.executable, "-m", "tests.station.driver", *places, str(BURSTS), self._ids])

    @property
    def saved(self) -> int:
        return self.ledger.stat().st_size // LEDGER_LINE_BYTES if self.ledger.exists() else 0

    def kill_after_the_next_saved(self) -> None:
        """While something is surely on its way."""
        before, end_s = self.saved, time.monotonic() + 0.5
        while self.saved == before and time.monotonic() < end_s:
            time.sleep(0.002)
        self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Outages:
    """The server is away for a while again and again: what is saved then cannot have reached it."""

    def __init__(self, server: FaultServer) -> None:
        self._started_s = time.monotonic()
        server.always = lambda _: "reset-before" if self.away else None

    @property
    def away(self) -> bool:
        return (time.monotonic() - self._started_s) % OUTAGE_EVERY_S < OUTAGE_S

    def wait_for_the_next(self) -> None:
        while self.away:
            time.sleep(0.002)
        while not self.away:
            time.sleep(0.002)


def torture(folder: Path, *, with_burst_ids: bool = True, memory: bool = False, seed: int = 1) -> Tally:
    rng = random.Random(seed)
    kills = 0
    with FaultServer(seed=seed, fault_share=FAULT_SHARE, hang_s=0.5).running() as server:
        outages = Outages(server)
        stations = [
            Killed(folder / f"station-{n}", server.url, with_burst_ids=with_burst_ids, memory=memory)
            for n in range(STATIONS)
        ]
        try:
            end_s = time.monotonic() + LIMIT_S
            while time.monotonic() < end_s and any(station.process.poll() is None for station in stations):
                time.sleep(rng.uniform(0.05, 0.3))
                busy = [station for station in stations if 0 < station.saved < BURSTS]
                if busy and kills < KILLS:
                    # Every other kill falls anywhere; the others where a queue in memory is not empty.
                    if kills % 2 == 0:
                        outages.wait_for_the_next()
                    victim = rng.choice(busy)
                    victim.kill_after_the_next_saved()
                    victim.start()
                    kills += 1
            codes = [station.process.poll() for station in stations]
        finally:
            for station in stations:
                station.kill()
        assert codes == [0] * STATIONS, f"the stations did not finish: {codes}"
        saved = [digest for station in stations for digest in station.ledger.read_text().split()]
        return Tally(
            saved=len(saved),
            lost=sum(server.effects["identify", digest] == 0 for digest in saved),
            doubled=sum(count > 1 for count in server.effects.values()),
            emotions_missing=sum(server.effects["emotion", digest] == 0 for digest in saved),
            kills=kills,
        )


def test_nothing_is_lost_and_nothing_doubled_when_stations_are_killed(tmp_path: Path) -> None:
    tally = torture(tmp_path)
    assert tally == Tally(saved=STATIONS * BURSTS, lost=0, doubled=0, emotions_missing=0, kills=tally.kills)
    assert tally.kills >= 3


def test_the_same_torture_doubles_check_ins_without_burst_ids(tmp_path: Path) -> None:
    assert torture(tmp_path, with_burst_ids=False).doubled > 0


def test_the_same_torture_loses_check_ins_with_a_queue_in_memory(tmp_path: Path) -> None:
    assert torture(tmp_path, memory=True).lost > 0
