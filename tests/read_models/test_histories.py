"""Random histories and random kills: the read models equal a fresh rebuild, row for row."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projection_operations import status
from adapters.event_store.projection_rebuild import rebuild
from adapters.event_store.projections import Projector
from adapters.event_store.recorder import PostgresRecorder
from adapters.record import read_models
from tests.fixtures_database import fresh_database
from tests.read_models.history import History, Step, steps

TABLES = (
    "check_in_status",
    "gallery",
    "people",
    "user_id_claim",
    "face_template",
    "last_seen",
    "emotion",
    "session",
    "attendance_session",
    "attendance_roster",
    "attendance_check_in",
    "attendance_station",
    "attendance_erased",
    "review",
)
_PROJECTING = """
import pathlib, sys, time
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projections import Projector
from adapters.record import read_models
keys = KeyRing(sys.argv[1], pathlib.Path(sys.argv[2]))
keys.open()
projector = Projector(sys.argv[1], read_models(), SealingMapper(keys), keys, page=3)
projector.start()
print("started", flush=True)
time.sleep(600)
"""
_REBUILDING = """
import pathlib, sys
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projection_rebuild import rebuild
from adapters.record import read_models
with KeyRing(sys.argv[1], pathlib.Path(sys.argv[2])) as keys:
    print("started", flush=True)
    for model in read_models():
        if model.tables:
            rebuild(sys.argv[1], model, SealingMapper(keys), keys, page=5)
"""
# What breaks after a part of the history, and how many milliseconds later.
breaks = st.lists(
    st.tuples(st.sampled_from(["process", "connection", "rebuild"]), st.integers(0, 40)), min_size=1, max_size=4
)


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.json"


# Each example takes seconds: a shorter one would be found in no time that anybody waits.
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(steps=steps, breaks=breaks)
def test_whatever_happens_and_whatever_dies_the_read_models_equal_a_fresh_rebuild(
    postgres: str, key_file: Path, steps: list[Step], breaks: list[tuple[str, int]]
) -> None:
    with fresh_database(postgres) as dsn, KeyRing(dsn, key_file) as keys, PostgresRecorder(dsn) as recorder:
        history = History(recorder, keys, dsn)
        process = _start(dsn, key_file)
        share = len(steps) // (len(breaks) + 1)
        for number, (what, after_ms) in enumerate(breaks):
            history.play(steps[number * share : (number + 1) * share])
            time.sleep(after_ms / 1000)
            if what == "process":
                process.kill()
                process.wait()
                process = _start(dsn, key_file)
            elif what == "rebuild":
                rebuilding = _start(dsn, key_file, _REBUILDING)
                time.sleep(after_ms * 5 / 1000)
                rebuilding.kill()
                rebuilding.wait()
            else:
                _kill_connections(dsn)
        history.play(steps[len(breaks) * share :])
        process.kill()
        process.wait()
        with _caught_up(dsn, keys):
            pass
        projected = {table: rows(dsn, table) for table in TABLES}
        for model in read_models():
            if model.tables:
                rebuild(dsn, model, SealingMapper(keys), keys, page=5)
        with _caught_up(dsn, keys):
            pass
        assert {table: rows(dsn, table) for table in TABLES} == projected
        assert [one.parked for one in status(dsn).projections] == [0] * len(read_models())


def rows(dsn: str, table: str) -> list[str]:
    with connect(dsn, name="test") as connection:
        return sorted(row for (row,) in connection.execute(f"SELECT t::text FROM {table} t".encode()).fetchall())


def _start(dsn: str, key_file: Path, program: str = _PROJECTING) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", program, dsn, str(key_file)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    process.stdout.close()
    return process


def _kill_connections(dsn: str) -> None:
    with connect(dsn, name="test") as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'projections' AND datname = current_database()"
        )


@contextmanager
def _caught_up(dsn: str, keys: KeyRing) -> Iterator[None]:
    with Projector(dsn, read_models(), SealingMapper(keys), keys, page=7):
        deadline = time.monotonic() + 30
        while not _is_level(dsn):
            assert time.monotonic() < deadline, status(dsn)
            time.sleep(0.02)
        yield


def _is_level(dsn: str) -> bool:
    found = status(dsn).projections
    return len(found) == len(read_models()) and all(one.events_behind == 0 for one in found)
