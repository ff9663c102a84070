"""Export of a long history to Parquet: `python -m benchmarks.analytics [--bar] [--events 1000000]`.

Fills an embedded PostgreSQL of its own, and measures beside the export the floor: the same events copied out of
PostgreSQL and thrown away.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import msgspec

from adapters.analytics.export import Exported, export
from adapters.database import connect
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.event_store.migrate import migrate
from benchmarks.bars import Bar, judge
from benchmarks.history import generate_history

EVENTS = 1_000_000
MOST_S = 15.0
_COPY = "COPY (SELECT * FROM event ORDER BY notification_id) TO STDOUT (FORMAT BINARY)"


class ExportMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds` of each run of a whole export; `floor_s`: the copy alone; `parquet_bytes`: what is on the disk."""

    events: int
    seconds: tuple[float, ...]
    floor_s: float
    parquet_bytes: int

    @property
    def best_s(self) -> float:
        return min(self.seconds)


def measure_export(dsn: str, runs: int = 3) -> ExportMeasured:
    """Everything in the database, into a new folder each time."""
    seconds: list[float] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="facecheckin-export-") as folder:
            done: Exported = export(dsn, Path(folder))
            seconds.append(done.took_s)
            size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    return ExportMeasured(events=done.events, seconds=tuple(seconds), floor_s=_copy_out(dsn), parquet_bytes=size)


def export_bars(measured: ExportMeasured) -> list[Bar]:
    """A million events within 15 s, so a smaller history in proportion."""
    per_million_s = measured.best_s * 1e6 / measured.events
    return [Bar("export of one million events to Parquet", per_million_s, MOST_S, "s")]


def report_export(measured: ExportMeasured) -> None:
    runs = ", ".join(f"{one:.1f}" for one in measured.seconds)
    print(f"export of {measured.events} events: {runs} s; {measured.events / measured.best_s:,.0f} events/s at best")
    print(f"  the copy out of PostgreSQL alone: {measured.floor_s:.1f} s")
    print(f"  on the disk: {measured.parquet_bytes / measured.events:.0f} bytes an event")


def _copy_out(dsn: str) -> float:
    begun = time.perf_counter()
    with connect(dsn, name="benchmark") as connection, connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for _ in copy:
            pass
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bar", action="store_true", help="exit 1 and name each bar that falls short")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="facecheckin-bench-") as folder:
        place = Path(folder)
        with EmbeddedPostgres(place / "postgres") as dsn:
            migrate(dsn)
            history = generate_history(dsn, options.events, key_file=place / "keys.json")
            print(f"a history of {history.events} events, {len(history.people)} people, {len(history.stations)} doors")
            measured = measure_export(dsn, options.runs)
    report_export(measured)
    judge(export_bars(measured), enforce=options.bar)


if __name__ == "__main__":
    main()
