"""Export: everything once, by day, whatever interrupts it, and nothing that was sealed."""

from __future__ import annotations

import base64
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from adapters.analytics import manifest
from adapters.analytics.export import export
from adapters.analytics.manifest import ExportRefused
from adapters.database import connect
from benchmarks.history import generate_history
from tests.analytics.conftest import Drawn
from tests.fixtures_database import fresh_database

LATER = datetime(2026, 3, 2, tzinfo=UTC)
KILLED_EXPORT = Path(__file__).with_name("killed_export.py")


def ask(folder: Path, query: str) -> list[Any]:
    """`Any`: rows. A table's name is that of its files."""
    with duckdb.connect() as connection:
        for family in sorted(path.name for path in folder.iterdir() if path.is_dir()):
            files = f"{folder}/{family}/*/*.parquet"
            connection.execute(
                f"CREATE VIEW {family} AS SELECT * FROM read_parquet('{files}', hive_partitioning = true)"
            )
        return connection.execute(query).fetchall()


def positions(dsn: str) -> list[int]:
    with connect(dsn, name="test") as connection:
        rows = connection.execute("SELECT notification_id FROM event ORDER BY 1").fetchall()
    return [position for (position,) in rows]


def exported_positions(folder: Path) -> list[int]:
    return [position for (position,) in ask(folder, "SELECT position FROM events ORDER BY 1")]


def counts(folder: Path) -> dict[str, int]:
    families = ("starts", "decisions", "emotions", "people", "sessions")
    return {family: ask(folder, f"SELECT count(*) FROM {family}")[0][0] for family in families}


def test_every_event_is_exported_once_and_lies_in_the_folder_of_its_day(drawn: Drawn, tmp_path: Path) -> None:
    done = export(drawn.dsn, tmp_path / "out")
    assert done.events == drawn.history.events
    assert exported_positions(tmp_path / "out") == positions(drawn.dsn)
    assert ask(
        tmp_path / "out", "SELECT count(*) FROM events WHERE day <> CAST(recorded_at AT TIME ZONE 'UTC' AS date)"
    ) == [(0,)]
    assert ask(tmp_path / "out", "SELECT count(DISTINCT day) FROM events")[0][0] == 2


def test_the_families_hold_the_fields_of_the_events_with_their_types(drawn: Drawn, tmp_path: Path) -> None:
    export(drawn.dsn, tmp_path)
    recorded = dict(_topic_counts(drawn.dsn))
    families = counts(tmp_path)
    assert families["starts"] == recorded["checkin.started.v1"]
    assert families["emotions"] == sum(count for topic, count in recorded.items() if "emotion" in topic)
    assert families["people"] == sum(count for topic, count in recorded.items() if topic.startswith("person."))
    [(matched, nearest, far)] = ask(
        tmp_path,
        "SELECT count(*), max(distance) FILTER (outcome = 'checked_in'), min(distance) FILTER (outcome = 'unknown')"
        " FROM decisions WHERE model = 'resnet-29.v1'",
    )
    assert matched == recorded["checkin.identity_matched.v1"] + recorded["checkin.identity_rejected.v1"]
    assert far > 0.497
    assert nearest <= 0.594
    [(started,)] = ask(
        tmp_path, "SELECT count(*) FROM decisions JOIN starts USING (check_in) WHERE starts.station IS NOT NULL"
    )
    assert started == families["decisions"]
    [(present, absent)] = ask(tmp_path, "SELECT sum(present + late), sum(absent) FROM sessions WHERE what = 'closed'")
    assert present > 0
    assert absent > 0


def _topic_counts(dsn: str) -> list[tuple[str, int]]:
    with connect(dsn, name="test") as connection:
        return [
            (topic, n) for topic, n in connection.execute("SELECT topic, count(*) FROM event GROUP BY 1").fetchall()
        ]


def test_a_second_run_adds_only_what_is_new(drawn: Drawn, tmp_path: Path) -> None:
    export(drawn.dsn, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert export(drawn.dsn, tmp_path).events == 0
    generate_history(
        drawn.dsn, 300, key_file=drawn.key_file, people=10, stations=1, seed=2, templates=False, begin=LATER
    )
    assert export(drawn.dsn, tmp_path).events >= 300
    assert {path: path.stat().st_mtime_ns for path in before} == before, "a file that was exported changed"
    assert exported_positions(tmp_path) == positions(drawn.dsn)


def test_an_export_since_a_position_starts_after_it_and_goes_on_under_the_same_command(
    drawn: Drawn, tmp_path: Path
) -> None:
    export(drawn.dsn, tmp_path, since=1000)
    assert exported_positions(tmp_path)[0] == 1001
    assert export(drawn.dsn, tmp_path, since=1000).events == 0
    with pytest.raises(ExportRefused, match="leave out --since"):
        export(drawn.dsn, tmp_path, since=500)


def test_a_folder_of_another_database_is_refused(drawn: Drawn, postgres: str, tmp_path: Path) -> None:
    export(drawn.dsn, tmp_path / "out")
    with fresh_database(postgres) as other:
        generate_history(other, 1500, key_file=tmp_path / "other.json", people=60, stations=3, seed=9)
        with pytest.raises(ExportRefused, match="another database"):
            export(other, tmp_path / "out")


def test_two_exports_into_one_folder_do_not_meet(drawn: Drawn, tmp_path: Path) -> None:
    with manifest.held(tmp_path), pytest.raises(ExportRefused, match="another export"):
        export(drawn.dsn, tmp_path)


def killed_export(drawn: Drawn, folder: Path, steps: int, workers: int) -> None:
    """An export in a process of its own, killed before its step number `steps` on the disk."""
    command = [sys.executable, str(KILLED_EXPORT), drawn.dsn, str(folder), str(steps), str(workers)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL, "it was not killed"


def test_an_export_killed_at_any_step_on_the_disk_loses_and_doubles_nothing(drawn: Drawn, tmp_path: Path) -> None:
    """Each run goes on in the folder that the killed one left; the last leaves files that no manifest knows."""
    out = tmp_path / "out"
    for steps, workers in ((0, 0), (3, 0), (9, 2), (30, 0), (14, 0), (4, 2)):
        killed_export(drawn, out, steps, workers)
    left = manifest.read(out)
    assert left is not None
    assert 0 < left.position < drawn.history.last_position, "no run was killed half-way"
    assert _beyond_the_manifest(out) > 0, "no run was killed between a file and the manifest"
    export(drawn.dsn, out, page_size=1000)  # other pages, so that no leftover is merely overwritten
    export(drawn.dsn, tmp_path / "whole")
    assert exported_positions(out) == positions(drawn.dsn)
    assert counts(out) == counts(tmp_path / "whole")
    assert list(out.rglob("*.partial")) == []


def test_workers_export_the_same_and_end_when_their_parent_is_killed(drawn: Drawn, tmp_path: Path) -> None:
    killed_export(drawn, tmp_path / "out", 20, 2)
    with connect(drawn.dsn, name="test") as connection:
        for _ in range(600):
            [(connected,)] = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name = 'export' AND datname = current_database()"
            ).fetchall()
            if connected == 0:
                break
            time.sleep(0.05)
    assert connected == 0, "a worker outlived its parent"
    export(drawn.dsn, tmp_path / "out", page_size=400, workers=2)
    export(drawn.dsn, tmp_path / "whole", workers=0)
    assert exported_positions(tmp_path / "out") == positions(drawn.dsn)
    assert counts(tmp_path / "out") == counts(tmp_path / "whole")


def _beyond_the_manifest(folder: Path) -> int:
    at = manifest.read(folder)
    position = 0 if at is None else at.position
    return sum(int(path.name.partition("-")[0]) > position for path in folder.rglob("*.parquet*"))


def test_nothing_that_was_sealed_is_in_an_export_not_even_sealed(drawn: Drawn, tmp_path: Path) -> None:
    export(drawn.dsn, tmp_path)
    written = "\n".join(_texts(tmp_path))
    assert str(drawn.history.stations[0]) in written, "the search finds nothing at all"
    sealed = list(_sealed_texts(drawn.dsn))
    assert len(sealed) > 1000
    assert not [text for text in sealed if text in written]
    assert not [person for person in drawn.history.people if str(person) in written]
    assert "Number" not in written
    assert "s-00" not in written


def _texts(folder: Path) -> Iterator[str]:
    """Every value of every file, as text; ids as people write them."""
    with duckdb.connect() as connection:
        for path in sorted(folder.rglob("*.parquet")):
            for row in connection.execute(f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{path}')").fetchall():
                yield " ".join(map(str, row))


def _sealed_texts(dsn: str) -> Iterator[str]:
    with connect(dsn, name="test") as connection:
        for (state,) in connection.execute("SELECT state FROM event").fetchall():
            for found in re.findall(rb'"[kc]":"([A-Za-z0-9+/=]{40,})"', state):
                assert base64.b64decode(found)
                yield found.decode()


def test_an_emotion_in_an_export_leads_to_no_check_in(drawn: Drawn, tmp_path: Path) -> None:
    export(drawn.dsn, tmp_path)
    columns = [name for name, *_ in ask(tmp_path, "DESCRIBE emotions")]
    assert not {"check_in", "stream", "position", "version", "recorded_at", "at"} & set(columns)
    told = "coalesce(stream::VARCHAR, version::VARCHAR, fields)"
    [(events, telling)] = ask(
        tmp_path, f"SELECT count(*), count({told}) FROM events WHERE topic LIKE 'checkin.emotion%'"
    )
    assert events > 0
    assert telling == 0
    rows = ask(tmp_path, "SELECT epoch_us(quarter_hour), outcome, reason, model, frames, angry FROM emotions")
    assert rows == sorted(rows, key=lambda row: tuple((value is None, value) for value in row)), "in recorded order"


def test_the_order_of_a_sessions_outcomes_does_not_tell_who_is_who(drawn: Drawn, tmp_path: Path) -> None:
    export(drawn.dsn, tmp_path)
    closed = ask(tmp_path, "SELECT fields FROM events WHERE topic = 'session.closed.v1'")
    assert closed
    for (fields,) in closed:
        outcomes = msgspec.json.decode(fields)["outcomes"]
        assert outcomes == sorted(outcomes, key=msgspec.json.encode)
        assert {frozenset(outcome) for outcome in outcomes} == {frozenset({"status", "check_in"})}
