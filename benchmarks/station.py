"""Measures the station: its work on a burst, its idling, what it loses under torture: `python -m benchmarks.station`.

`--bar` exits 1 and names each bar that falls short; `--seeds 1` runs the torture once instead of three times.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from psycopg.conninfo import make_conninfo

from adapters.database import connect
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.event_store.migrate import migrate
from adapters.settings import load_settings
from benchmarks import station_burst, station_idle
from benchmarks.bars import Bar, judge
from benchmarks.station_burst import BurstTimes
from benchmarks.station_idle import Idle
from benchmarks.timing import quantiles
from edge_device.classify import Answer, classify
from edge_device.record import Record
from tests.picamera2.check_in import check_in, why_not
from tests.station.torture.nursery import Nursery
from tests.station.torture.ordeal import Outcome, Plan, idle_server, torture

SEEDS = 3
_TABLE = Path(__file__).parents[1] / "docs" / "contracts" / "problems.md"
_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (\d{3}) \| [^|]+ \| ([a-z_]+) \| [^|]+ \| ([^|]*) \|$")


@dataclass(frozen=True, kw_only=True)
class Codes:
    """The contract's problems: how many there are, how the station reacts to them, and which it has no words for."""

    total: int
    reactions: Counter[str]
    without: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bar", action="store_true")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    codes = examine_codes()
    with tempfile.TemporaryDirectory(prefix="facecheckin-bench-") as name:
        folder = Path(name)
        burst = station_burst.measure(folder)
        report_burst(burst)
        with ExitStack() as stack:
            dsn = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
            nursery = stack.enter_context(Nursery())
            idle = _watch(nursery, _database(dsn, "idle"), _folder(folder, "idle"))
            report_idle(idle)
            outcomes = [
                torture(nursery, _database(dsn, f"torture{seed}"), _folder(folder, f"torture{seed}"), Plan(seed=seed))
                for seed in range(1, options.seeds + 1)
            ]
        report_torture(outcomes)
        report_codes(codes)
        picamera2 = examine_picamera2(folder)
        print(f"\npicamera2: {picamera2}")
    judge(bars(burst, idle, outcomes, codes), enforce=options.bar)


def bars(burst: BurstTimes, idle: Idle, outcomes: Sequence[Outcome], codes: Codes) -> list[Bar]:
    real = [outcome.accounts["real"] for outcome in outcomes]
    return [
        Bar("scoring, choosing and encoding a burst, p50", float(np.median(burst.burst)), 8, "ms"),
        Bar("put in the outbox, p50", float(np.median(burst.put)), 5, "ms"),
        Bar("the station idle, share of a core", 100 * idle.core_share, 5, "%"),
        Bar("the station idle, resident memory", idle.resident_mb, 120, "MB"),
        Bar(
            "check-ins under torture, fewest of a seed", min(account.saved for account in real), 400, "", at_least=True
        ),
        Bar("lost under torture, all seeds", sum(account.lost for account in real), 0),
        Bar("doubled under torture, all seeds", sum(account.doubled for account in real), 0),
        Bar("control without a key, doubled, fewest of a seed", _fewest(outcomes, "no-key"), 1, "", at_least=True),
        Bar("control in memory, lost, fewest of a seed", _fewest(outcomes, "in-memory"), 1, "", at_least=True),
        Bar("problem codes without a reaction or a sentence", len(codes.without), 0),
    ]


def report_burst(burst: BurstTimes) -> None:
    print(f"a burst of six drawn frames, {burst.jpeg_bytes / 1000:.0f} kB as JPEG")
    print(f"  score, choose, encode     {quantiles(burst.burst)}")
    print(f"  floor: encoding alone     {quantiles(burst.encoding)}  {_ratio(burst.burst, burst.encoding)}")
    print(f"  put in the outbox         {quantiles(burst.put)}")
    print(f"  floor: bare SQLite commit {quantiles(burst.commit)}  {_ratio(burst.put, burst.commit)}")


def report_idle(idle: Idle) -> None:
    print(f"\nidle for {station_idle.WATCH_S:.0f} s, looking for people {_looks():g} times a second")
    print(
        f"  {100 * idle.core_share:.2f} % of a core, {idle.resident_mb:.0f} MB resident, at most {idle.peak_mb:.0f} MB"
    )


def report_torture(outcomes: Sequence[Outcome]) -> None:
    print("\ntorture: 20 stations, 400 check-ins, our server and its database; two controls in the same run")
    for seed, outcome in enumerate(outcomes, start=1):
        faults = sum(outcome.faults.values())
        print(
            f"  seed {seed}: {faults} faults of {len(outcome.faults)} kinds, {outcome.kills} kills of stations"
            f" ({outcome.live_outboxes} bursts in their outboxes then), {outcome.server_kills} of the server,"
            f" {outcome.wall_s:.0f} s"
        )
        for kind, account in outcome.accounts.items():
            print(f"    {kind:10s} saved {account.saved:4d}  lost {account.lost:3d}  doubled {account.doubled:3d}")


def report_codes(codes: Codes) -> None:
    reactions = ", ".join(f"{name} {count}" for name, count in codes.reactions.most_common())
    print(f"\nproblem codes: {codes.total}; the station's reactions: {reactions}")


def examine_codes() -> Codes:
    """Whether the reaction is the right one is tested in tests/station/test_problem_codes.py."""
    rows = [row for line in _TABLE.read_text(encoding="utf-8").splitlines() if (row := _ROW.match(line))]
    reactions: Counter[str] = Counter()
    without = []
    for code, status, retry, sentence in (row.groups() for row in rows):
        document = {"code": code, "status": int(status), "retry": retry, "title": code, "sentence": sentence}
        answer = Answer(int(status), {"content-type": "application/problem+json"}, msgspec.json.encode(document))
        reactions[type(classify(answer, _RECORD)).__name__] += 1
        if not sentence.strip() or retry not in ("never", "new_capture", "same_request"):
            without.append(code)
    listed = len(re.findall(r"^\| `[^`]+` \| \d", _TABLE.read_text(encoding="utf-8"), re.MULTILINE))
    without += ["a row that cannot be read"] * (listed - len(rows))
    return Codes(total=listed, reactions=reactions, without=without)


def examine_picamera2(folder: Path) -> str:
    """What came of a check-in from a virtual camera, or why there was none."""
    root = Path(os.environ.get("FACECHECKIN_PICAMERA2", "/"))
    reason = why_not(root)
    if reason is not None:
        return f"skipped: {reason}"
    place = _folder(folder, "picamera2")
    story = check_in(
        root,
        msgspec.structs.replace(
            load_settings(), data_dir=place, keys_file=place / "keys.json", database_url=None, port=18000
        ),
    )
    identified = story.of("identified")
    return f"{story.versions}: {story.expected} came, {identified['name']} was checked in"


_RECORD = Record(
    sequence=1,
    burst_id="a burst",
    boot_id="a boot",
    monotonic_ns=1,
    user_id=None,
    primary=0,
    jpegs=(b"",) * 6,
    captured_at="",
    checkin_id=None,
)


def _watch(nursery: Nursery, dsn: str, folder: Path) -> Idle:
    with idle_server(nursery, dsn, folder) as (url, token_file):
        return station_idle.watch(url, token_file, folder)


def _database(dsn: str, name: str) -> str:
    with connect(dsn, name="benchmark") as connection:
        connection.execute(f"CREATE DATABASE {name}")
    made = make_conninfo(dsn, dbname=name)
    migrate(made)
    return made


def _folder(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def _fewest(outcomes: Sequence[Outcome], control: str) -> int:
    accounts = [outcome.accounts["no-key" if control == "no-key" else "in-memory"] for outcome in outcomes]
    return min(account.doubled if control == "no-key" else account.lost for account in accounts)


def _ratio(
    measured: np.ndarray[tuple[int], np.dtype[np.float64]], floor: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> str:
    return f"{float(np.median(measured) / np.median(floor)):.1f}x the floor"


def _looks() -> float:
    from edge_device.attention import LOOKS_PER_S

    return LOOKS_PER_S


if __name__ == "__main__":
    main()
