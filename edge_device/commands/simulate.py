"""`facecheckin-station simulate`: a fleet of stations plays a folder of bursts, with a live line and a final report."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from edge_device.commands.arguments import Commands, add_sending, seconds
from edge_device.commands.sending import settings_of
from edge_device.fleet import FleetPlan, play_fleet
from edge_device.fleet_tally import FleetReport, FleetTally, Latency, latency
from edge_device.folder_camera import FolderCamera

_MOST_STATIONS = 500


def add(commands: Commands) -> None:
    parser = commands.add_parser("simulate", help="play a folder of bursts to the server, as many stations at once")
    parser.add_argument("folder", type=Path, help="subfolders are bursts: frame1.jpg to frame6.jpg, and burst.json")
    parser.add_argument("--stations", type=_stations, default=1, metavar="N", help="how many, each with its own outbox")
    parser.add_argument("--rate", type=_rate, default=1.0, metavar="R", help="check-ins a second, of all together")
    parser.add_argument("--count", type=_count, metavar="M", help="stop after M check-ins; otherwise when told to")
    parser.add_argument(
        "--patience", type=seconds, default=60.0, metavar="S", help="seconds to go on sending after the last check-in"
    )
    add_sending(parser)
    parser.set_defaults(work=_simulate)


async def _simulate(options: argparse.Namespace) -> int:
    """Exit status 0 where every check-in was answered, once."""
    plan = FleetPlan(
        stations=options.stations,
        rate_per_s=options.rate,
        check_ins=options.count,
        drain_wait_s=options.patience,
    )
    camera = FolderCamera(options.folder, repeat=True)
    report = await play_fleet(settings_of(options), camera, plan, _silent if options.json else _print_progress)
    sys.stdout.write(_as_json(report) if options.json else _as_text(report))
    return 0 if report.lost == report.doubled == report.left == 0 else 1


def _print_progress(tally: FleetTally, elapsed_s: float) -> None:
    recent = _milliseconds(latency(tally.recent_ms).p50)
    sys.stdout.write(
        f"{elapsed_s:6.0f} s  {tally.saved} saved  {tally.answered} answered  {tally.refused} refused  "
        f"{tally.unsettled} under way  latest p50 {recent}\n"
    )
    sys.stdout.flush()


def _silent(tally: FleetTally, elapsed_s: float) -> None:
    """A program reads the report alone."""


def _as_json(report: FleetReport) -> str:
    return json.dumps(asdict(report) | {"rate_per_s": round(report.rate_per_s, 3)}) + "\n"


def _as_text(report: FleetReport) -> str:
    lines = [
        f"{report.stations} stations, {report.wall_s:.1f} s, {report.rate_per_s:.1f} check-ins answered a second",
        f"saved {report.saved}, answered {report.answered}, still waiting {report.left}, from before {report.found}",
        f"lost {report.lost}, doubled {report.doubled}",
        f"decisions  {_counts(report.decisions)}",
        f"refused    {_counts(report.refused)}",
        f"emotions   {report.emotions} read, {report.emotions_declined} declined",
        f"set aside  {report.buried} given up, {report.retakes} not worth sending, {report.not_saved} not saved",
        f"attempts that failed and were made again  {report.attempts_failed}",
        f"{'':28s}{'p50':>10s}{'p95':>10s}{'p99':>10s}",
        f"{'identify, request to answer':28s}{_row(report.identify_ms)}",
        f"{'identify, capture to answer':28s}{_row(report.waited_ms)}",
        f"{'emotion, request to answer':28s}{_row(report.emotion_ms)}",
    ]
    return "\n".join(lines) + "\n"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def _row(measured: Latency) -> str:
    return "".join(f"{_milliseconds(value):>10s}" for value in (measured.p50, measured.p95, measured.p99))


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"


def _stations(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_STATIONS:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {_MOST_STATIONS}")
    return int(text)


def _rate(text: str) -> float:
    rate = float(text)
    if not 0.0 < rate < float("inf"):
        raise argparse.ArgumentTypeError("must be check-ins a second, more than 0")
    return rate


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)
