"""Pages of events as Arrow tables, in order, made here or by several processes at once.

A worker only reads the database and answers its parent: it has nothing on the disk, and ends when its parent does.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import msgspec
import pyarrow as pa

from adapters.analytics.arrow import Arrow
from adapters.analytics.columns import Span, TopicColumns, read_columns
from adapters.analytics.manifest import Last
from adapters.cycle_collection import without_cycle_collection
from adapters.database import connect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PageTables(msgspec.Struct, frozen=True):
    """`events` of them, `last` the last (None where the span holds none). `Any`: Arrow tables, or buffers of them."""

    span: Span
    events: int
    last: Last | None
    tables: dict[str, Any]


def make_here(dsn: str, wanted: Iterable[Span]) -> Iterator[PageTables]:
    arrow = Arrow()
    with connect(dsn, name="export") as connection, without_cycle_collection():
        for span in wanted:
            read = read_columns(connection, span)
            yield PageTables(span, sum(len(one.positions) for one in read), _last(read), arrow.tables(read))


def _last(read: Sequence[TopicColumns]) -> Last | None:
    if not read:
        return None
    one = max(read, key=lambda columns: columns.positions.max())
    at = int(one.positions.argmax())
    recorded_at = _EPOCH + timedelta(microseconds=int(one.recorded_us[at]))
    return Last(position=int(one.positions[at]), topic=one.topic, recorded_at=recorded_at)


def make_by_workers(dsn: str, wanted: Iterable[Span], workers: int) -> Iterator[PageTables]:
    """At most one page a worker is under way or waiting. Raises what a worker raised."""
    context = get_context("spawn")
    todo = iter(wanted)
    answers: deque[Connection] = deque()
    ends: list[Connection] = []
    try:
        for _ in range(workers):
            ours, theirs = context.Pipe()
            context.Process(target=_work, args=(theirs, dsn), daemon=True).start()
            theirs.close()
            ends.append(ours)
            _ask(ours, todo, answers)
        while answers:
            worker = answers.popleft()
            answer = worker.recv()
            _ask(worker, todo, answers)
            if isinstance(answer, Exception):
                raise answer
            tables = {name: pa.ipc.open_stream(buffer).read_all() for name, buffer in answer.tables.items()}
            yield msgspec.structs.replace(answer, tables=tables)
    finally:
        for end in ends:
            end.close()


def _ask(worker: Connection, todo: Iterator[Span], answers: deque[Connection]) -> None:
    span = next(todo, None)
    if span is not None:
        worker.send(span)
        answers.append(worker)


def _work(parent: Connection, dsn: str) -> None:
    """Until the parent closes its end, or dies."""
    gc.disable()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            for made in make_here(dsn, iter(parent.recv, None)):
                buffers = {name: _buffer(table) for name, table in made.tables.items()}
                parent.send(msgspec.structs.replace(made, tables=buffers))
        except (EOFError, OSError):
            raise
        except Exception as error:
            parent.send(error)


def _buffer(table: Any) -> bytes:  # Any: pyarrow has no stubs
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())
