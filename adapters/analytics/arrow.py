"""From columns of events to Arrow tables: one of every event, and one for each family of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from adapters.analytics.columns import Integers, TopicColumns
from adapters.analytics.families import EVENTS, FAMILIES, QUARTER_HOUR_US, Column, Constant, Count, Family
from adapters.analytics.public_form import EMOTIONS, Decode, decoders, hides_its_stream, shown_whole
from adapters.event_store.topics import TOPICS, Event, Topics, TopicUnknown

UUID_BYTES = 16
TIMESTAMP = pa.timestamp("us", "UTC")
EVENTS_SCHEMA = pa.schema(
    [
        ("position", pa.int64()),
        ("recorded_at", TIMESTAMP),
        ("stream", pa.uuid()),
        ("version", pa.int32()),
        ("topic", pa.string()),
        ("fields", pa.string()),
    ]
)
# `Any` in this file: pyarrow's objects (it has no stubs), and events of types that are made at run time.
Array = Any
Table = Any


class _Decoded(msgspec.Struct, frozen=True):
    """One topic's events: as they are stored, and their public forms where those are needed."""

    kind: type[Event]
    stored: TopicColumns
    events: list[msgspec.Struct]
    whole: bool

    def __len__(self) -> int:
        return len(self.stored.positions)


class Arrow:
    """Makes tables; any thread may call."""

    def __init__(self, topics: Topics = TOPICS) -> None:
        self._decoders: Mapping[str, tuple[type[Event], Decode]] = decoders(topics)
        self._whole = {topic for topic, kind in topics.current.items() if shown_whole(kind)}

    def tables(
        self, read: Sequence[TopicColumns], families: Sequence[Family] = FAMILIES, *, events: bool = True
    ) -> dict[str, Table]:
        """The families' tables by name, and with `events` that of all events under `events`. Raises TopicUnknown."""
        kinds = {kind for family in families for kind in family.events}
        decoded = [self._decode(one, kinds, events=events) for one in read]
        found = {family.name: _family_table(family, decoded) for family in families}
        if events:
            found[EVENTS] = _events_table(decoded)
        return found

    def _decode(self, stored: TopicColumns, kinds: set[type[Event]], *, events: bool) -> _Decoded:
        if stored.topic not in self._decoders:
            raise TopicUnknown(f"{stored.topic} is neither current nor upcast")
        kind, decode = self._decoders[stored.topic]
        whole = stored.topic in self._whole
        needed = kind in kinds or (events and not whole and kind not in EMOTIONS)
        return _Decoded(kind, stored, list(map(decode, stored.each_state())) if needed else [], whole)


def empty(family: Family) -> Table:
    return _family_table(family, [])


def _events_table(decoded: Sequence[_Decoded]) -> Table:
    positions = _joined([one.stored.positions for one in decoded])
    columns = [
        pa.array(positions),
        _times(_joined([one.stored.recorded_us for one in decoded])),
        _concatenated([_shown_streams(one) for one in decoded], pa.uuid()),
        _concatenated([_shown_versions(one) for one in decoded], pa.int32()),
        _concatenated([pa.repeat(one.stored.topic, len(one)) for one in decoded], pa.string()),
        _concatenated([_shown_fields(one) for one in decoded], pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=EVENTS_SCHEMA).take(pa.array(np.argsort(positions)))


def _shown_streams(one: _Decoded) -> Array:
    return pa.nulls(len(one), pa.uuid()) if hides_its_stream(one.kind) else _uuids(len(one), one.stored.streams)


def _shown_versions(one: _Decoded) -> Array:
    if hides_its_stream(one.kind):
        return pa.nulls(len(one), pa.int32())
    return pa.array(one.stored.versions.astype(np.int32))


def _shown_fields(one: _Decoded) -> Array:
    if one.kind in EMOTIONS:
        return pa.nulls(len(one), pa.string())
    if one.whole:
        return _texts(one.stored.ends, one.stored.states)
    texts = list(map(msgspec.json.Encoder().encode, one.events))
    return _texts(np.concatenate([[0], np.cumsum(list(map(len, texts)))]), b"".join(texts))


def _family_table(family: Family, decoded: Sequence[_Decoded]) -> Table:
    mine = [one for one in decoded if one.kind in family.events]
    positions = _joined([one.stored.positions for one in mine])
    recorded = _joined([one.stored.recorded_us for one in mine])
    columns: dict[str, Array] = {}
    if family.row == "anonymous":
        columns["quarter_hour"] = _times(recorded - recorded % QUARTER_HOUR_US)
    else:
        columns["position"] = pa.array(positions)
        columns["recorded_at"] = _times(recorded)
    if family.row == "stream":
        columns[family.stream_name] = _uuids(len(positions), b"".join(one.stored.streams for one in mine))
        columns["version"] = pa.array(_joined([one.stored.versions for one in mine]).astype(np.int32))
    for column in family.columns:
        columns[column.name] = pa.chunked_array([_column(column, one) for one in mine], column.arrow)
    table = pa.table(columns)
    if family.row == "anonymous":
        return table.sort_by([(name, "ascending") for name in table.column_names])
    return table.take(pa.array(np.argsort(positions)))


def _column(column: Column, one: _Decoded) -> Array:
    source = column.source.get(one.kind) if isinstance(column.source, Mapping) else column.source
    if source is None:
        return pa.nulls(len(one), column.arrow)
    if isinstance(source, Constant):
        return pa.repeat(pa.scalar(source.value, column.arrow), len(one))
    if isinstance(source, Count):
        return pa.array([_count(source.status, event) for event in one.events], column.arrow)
    values = list(map(attrgetter(source), one.events))
    if column.arrow == pa.uuid():
        return _uuids(len(values), b"".join(value.bytes for value in values))
    return _maps(values) if pa.types.is_map(column.arrow) else pa.array(values, column.arrow)


def _count(status: str, closed: Any) -> int:
    return sum(outcome.status == status for outcome in closed.outcomes)


def _maps(values: Sequence[Mapping[str, float]]) -> Array:
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum(list(map(len, values)), out=offsets[1:])
    keys = pa.array(list(chain.from_iterable(values)), pa.string())
    items = pa.array(list(chain.from_iterable(value.values() for value in values)), pa.float64())
    return pa.MapArray.from_arrays(pa.array(offsets), keys, items)


def _times(microseconds: Integers) -> Array:
    return pa.array(microseconds).cast(TIMESTAMP)


def _uuids(count: int, ids: bytes) -> Array:
    """`ids`: 16 bytes each, on end."""
    storage = pa.Array.from_buffers(pa.binary(UUID_BYTES), count, [None, pa.py_buffer(ids)])
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)


def _texts(ends: Integers, texts: bytes) -> Array:
    """UTF-8, as PostgreSQL and msgspec have written it."""
    offsets = pa.py_buffer(ends.astype(np.int32))
    return pa.Array.from_buffers(pa.string(), len(ends) - 1, [None, offsets, pa.py_buffer(texts)])


def _joined(columns: Sequence[Integers]) -> Integers:
    return np.concatenate([np.empty(0, np.int64), *columns])


def _concatenated(arrays: Sequence[Array], arrow: Any) -> Array:
    return pa.chunked_array(arrays, arrow)
