"""Events to Parquet, by day: incremental, and resumed after any interruption without losing or doubling a row.

    DIR/manifest.json
    DIR/decisions/day=2026-11-22/000000000001-000000100000.parquet

A page of events becomes files named by its positions, each renamed into place whole; then the manifest moves past the
page. Files beyond the manifest are what an interrupted export left: the next one deletes them and writes them again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.analytics import manifest as manifests
from adapters.analytics.columns import SPAN, Span, spans
from adapters.analytics.manifest import PARTIAL, ExportRefused, Manifest
from adapters.analytics.page_workers import PageTables, make_by_workers, make_here
from adapters.analytics.reading import head
from adapters.database import connect

# Starting processes takes longer than this many pages.
_SHORT = 3
_MOST_WORKERS = 4
_DAY_US = 86_400 * 1_000_000
_EPOCH = date(1970, 1, 1)
_LAST = "SELECT topic, recorded_at FROM event WHERE notification_id = %s"
# A column of unlike values gains nothing from a dictionary.
_UNLIKE = frozenset({"fields", "position", "stream", "check_in", "recorded_at", "at", "captured_at", "burst_id"})


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did: the events after position `after`, up to `position`."""

    after: int
    position: int
    events: int
    files: int
    took_s: float


def export(
    dsn: str,
    folder: Path,
    *,
    since: int | None = None,
    page_size: int = SPAN,
    workers: int | None = None,
    report: Callable[[int, int], None] = lambda _done, _of: None,
) -> Exported:
    """All that was recorded until now and is not in `folder` yet; `report` is told positions after each page.

    `since` is where a new folder starts (after that position); one that holds events goes on where it ended.
    `workers`: how many processes read and decode, 0 for this one alone; by default as many as a long export is worth.
    Raises ExportRefused.
    """
    begun = time.perf_counter()
    with manifests.held(folder):
        with connect(dsn, name="export") as connection:
            before = _begin(folder, since, connection)
            end = head(connection)
        _delete_leftovers(folder, before.position)
        at, files = before, 0
        for made in _made(dsn, list(spans(before.position, end, page_size)), workers):
            if made.last is not None:
                moved = _moved(at, made)
                files += _write_page(folder, made.tables, at, moved)
                at = moved
            report(made.span[1], end)
    took_s = time.perf_counter() - begun
    events = at.events - before.events
    return Exported(after=before.position, position=at.position, events=events, files=files, took_s=took_s)


def _made(dsn: str, wanted: Sequence[Span], workers: int | None) -> Iterator[PageTables]:
    if workers is None:
        workers = 0 if len(wanted) <= _SHORT else min(os.cpu_count() or 1, _MOST_WORKERS)
    return make_by_workers(dsn, wanted, workers) if workers else make_here(dsn, wanted)


def _begin(folder: Path, since: int | None, connection: Connection[TupleRow]) -> Manifest:
    found = manifests.read(folder)
    if found is None:
        if any(folder.rglob("*.parquet")):
            _refuse_foreign_files(folder)
        begin = Manifest(since=since or 0, position=since or 0)
        manifests.write(folder, begin)
        return begin
    if since is not None and since not in (found.since, found.position):
        raise ExportRefused(
            f"{folder} holds what follows position {found.since}, up to {found.position}: "
            f"leave out --since to go on, or choose another folder"
        )
    if found.last is not None:
        rows = connection.execute(_LAST, (found.last.position,)).fetchall()
        if rows != [(found.last.topic, found.last.recorded_at)]:
            raise ExportRefused(f"{folder} was exported from another database, or from before a backup was restored")
    return found


def _refuse_foreign_files(folder: Path) -> None:
    raise ExportRefused(f"{folder} holds Parquet files without {manifests.NAME}: choose another folder")


def _delete_leftovers(folder: Path, position: int) -> None:
    """What an interrupted export wrote and the manifest does not know."""
    for path in folder.rglob(f"*{PARTIAL}"):
        path.unlink()
    for path in folder.rglob("*.parquet"):
        first = path.stem.partition("-")[0]
        if first.isdecimal() and int(first) > position:
            path.unlink()


def _moved(at: Manifest, made: PageTables) -> Manifest:
    assert made.last is not None
    return msgspec.structs.replace(at, position=made.last.position, events=at.events + made.events, last=made.last)


def _write_page(folder: Path, tables: dict[str, Any], after: Manifest, to: Manifest) -> int:
    """`Any`: Arrow tables. Answers how many files."""
    name = f"{after.position + 1:012d}-{to.position:012d}.parquet"
    files = 0
    touched: set[Path] = set()
    for family, table in tables.items():
        for day, rows in _days(table):
            place = folder / family / f"day={day}"
            place.mkdir(parents=True, exist_ok=True)
            touched |= {place, place.parent}
            dictionary = [column for column in rows.column_names if column not in _UNLIKE]
            partial = place / f"{name}{PARTIAL}"
            pq.write_table(rows, partial, compression="zstd", use_dictionary=dictionary)
            manifests.publish(partial, place / name)
            files += 1
    for place in sorted(touched):
        manifests.sync(place)
    manifests.write(folder, to)
    return files


def _days(table: Any) -> Iterator[tuple[date, Any]]:
    """A table's rows by the UTC day they were recorded on."""
    if table.num_rows == 0:
        return
    time_column = "recorded_at" if "recorded_at" in table.column_names else "quarter_hour"
    days = table[time_column].cast("int64").to_numpy() // _DAY_US
    if np.any(np.diff(days) < 0):  # the clock was set back
        order = np.argsort(days, kind="stable")
        table, days = table.take(order), days[order]
    edges = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(days)]
    for begin, end in pairwise(edges):
        yield _EPOCH + timedelta(days=int(days[begin])), table.slice(begin, end - begin)
