"""The Python API: Arrow tables of what was recorded, by a moment or until now."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest

from adapters.analytics import history
from adapters.database import connect
from benchmarks.history import BEGIN
from tests.analytics.conftest import Drawn


def recorded(dsn: str, topic: str, by: datetime | None = None) -> int:
    with connect(dsn, name="test") as connection:
        [(count,)] = connection.execute(
            "SELECT count(*) FROM event WHERE topic LIKE %s AND recorded_at <= coalesce(%s::timestamptz, 'infinity')",
            (topic, by),
        ).fetchall()
    return int(count)


def test_events_are_all_there_in_order_and_readable_by_duckdb(drawn: Drawn) -> None:
    events = history.open(drawn.dsn).events()
    assert events["position"].to_pylist() == list(range(1, drawn.history.events + 1))
    [(matched,)] = duckdb.sql(
        "SELECT count(*) FROM events WHERE topic = 'checkin.identity_matched.v1'"
        " AND (fields ->> '$.evidence.distance')::DOUBLE > 0"
    ).fetchall()
    assert matched == recorded(drawn.dsn, "checkin.identity_matched.v1")


def test_a_check_in_is_one_row_with_its_start_and_its_decision(drawn: Drawn) -> None:
    check_ins = history.open(drawn.dsn).check_ins()
    assert check_ins.num_rows == recorded(drawn.dsn, "checkin.started.v1")
    rows = check_ins.to_pylist()
    assert {row["station"] for row in rows} == set(drawn.history.stations)
    assert sum(row["outcome"] == "checked_in" for row in rows) == recorded(drawn.dsn, "checkin.identity_matched.v1")
    assert all(row["decided_at"] >= row["started_at"] for row in rows)
    matched = next(row for row in rows if row["outcome"] == "checked_in")
    assert dict(matched["timings_ms"]).keys() == {"decode", "detect", "quality", "align", "embed", "compare"}


def test_a_check_in_that_is_not_decided_yet_has_no_outcome(drawn: Drawn) -> None:
    [(at,)] = _ask(drawn.dsn, "SELECT min(recorded_at) FROM event WHERE topic = 'checkin.started.v1'")
    [row] = history.open(drawn.dsn, as_of=at).check_ins().to_pylist()
    assert (row["outcome"], row["decided_at"], row["timings_ms"]) == (None, None, None)


def test_emotions_sum_to_one_and_lead_to_nobody(drawn: Drawn) -> None:
    emotions = history.open(drawn.dsn).emotions()
    assert not {"check_in", "stream", "position", "recorded_at"} & set(emotions.column_names)
    recognised = [row for row in emotions.to_pylist() if row["outcome"] == "recognised"]
    assert len(recognised) == recorded(drawn.dsn, "checkin.emotion_recognised.v1")
    assert all(
        abs(sum(row[name] for name in ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")) - 1) < 0.01
        for row in recognised
    )


def test_as_of_a_moment_nothing_later_is_there(drawn: Drawn) -> None:
    noon = BEGIN + timedelta(hours=9)
    then = history.open(drawn.dsn, as_of=noon)
    assert then.events().num_rows == recorded(drawn.dsn, "%", noon) < drawn.history.events
    assert then.check_ins().num_rows == recorded(drawn.dsn, "checkin.started.v1", noon)
    assert history.open(drawn.dsn, as_of=BEGIN - timedelta(days=1)).check_ins().num_rows == 0
    assert history.open(drawn.dsn, as_of=BEGIN - timedelta(days=1)).events().num_rows == 0


def test_a_moment_without_a_zone_is_refused(drawn: Drawn) -> None:
    with pytest.raises(ValueError, match="time zone"):
        history.open(drawn.dsn, as_of=datetime(2026, 1, 1))


def _ask(dsn: str, query: str) -> list[tuple[datetime]]:
    with connect(dsn, name="test") as connection:
        return list(connection.execute(query.encode()).fetchall())
