"""History as Arrow tables, for a notebook: `history.open(dsn).check_ins()`.

Read from events alone; no key is used, and nothing sealed is read. The tables are described in docs/analysis.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from adapters.analytics.arrow import EVENTS_SCHEMA, UUID_BYTES, Arrow, empty
from adapters.analytics.columns import read_columns, spans
from adapters.analytics.families import DECISIONS, EMOTION_READINGS, EVENTS, PEOPLE, SESSIONS, STARTS, Family
from adapters.analytics.reading import head
from adapters.cycle_collection import without_cycle_collection
from adapters.database import connect

# pyarrow has no stubs.
Table = Any


class History:
    """What was recorded by `as_of` (until now, where it is None); each call reads the database anew."""

    def __init__(self, dsn: str, *, as_of: datetime | None = None) -> None:
        if as_of is not None and as_of.tzinfo is None:
            raise ValueError("as_of needs a time zone")
        self._dsn = dsn
        self._as_of = None if as_of is None else as_of.astimezone(UTC)

    def events(self) -> Table:
        """Every event: position, recorded_at, stream, version, topic, fields (JSON)."""
        found: list[Table] = self._read((), events=True)[EVENTS]
        return pa.concat_tables(found) if found else EVENTS_SCHEMA.empty_table()

    def check_ins(self) -> Table:
        """A row a check-in: where and when it started, and its decision (its columns null while there is none)."""
        tables = self._tables((STARTS, DECISIONS))
        return _join(tables[STARTS.name], tables[DECISIONS.name])

    def emotions(self) -> Table:
        """A row a reading, with the quarter of an hour it was made in; nothing says whose, nor of which check-in."""
        return self._tables((EMOTION_READINGS,))[EMOTION_READINGS.name]

    def people(self) -> Table:
        """What happened to people (registered, consented, enrolled, erased), without who they are."""
        return self._tables((PEOPLE,))[PEOPLE.name]

    def sessions(self) -> Table:
        """What happened to sessions: their plans, and how many were present, late, absent and excused in the end."""
        return self._tables((SESSIONS,))[SESSIONS.name]

    def _tables(self, families: Sequence[Family]) -> dict[str, Table]:
        found = self._read(families, events=False)
        return {family.name: pa.concat_tables([empty(family), *found[family.name]]) for family in families}

    def _read(self, families: Sequence[Family], *, events: bool) -> dict[str, list[Table]]:
        arrow = Arrow()
        found: dict[str, list[Table]] = {family.name: [] for family in families}
        found[EVENTS] = []
        with closing(connect(self._dsn, name="analysis")) as connection, without_cycle_collection():
            for span in spans(0, head(connection)):
                read = read_columns(connection, span, as_of=self._as_of)
                for name, table in arrow.tables(read, families, events=events).items():
                    found[name].append(table)
        return found


def open(dsn: str, *, as_of: datetime | None = None) -> History:
    return History(dsn, as_of=as_of)


def _join(starts: Table, decisions: Table) -> Table:
    """The last decision of each check-in: one that expired may still have been decided."""
    latest = decisions.sort_by([("position", "ascending")])
    last = {id: row for row, id in enumerate(_ids(latest))}
    rows = pa.array([last.get(id) for id in _ids(starts)], pa.int64())
    joined = starts.drop_columns(["position", "version", "recorded_at", "at"])
    joined = joined.append_column("started_at", starts["at"])
    for name in latest.column_names:
        if name not in ("position", "version", "check_in"):
            joined = joined.append_column({"at": "decided_at"}.get(name, name), latest[name].take(rows))
    return joined


def _ids(table: Table) -> list[bytes]:
    return [bytes(one) for one in table["check_in"].cast(pa.binary(UUID_BYTES)).to_pylist()]
