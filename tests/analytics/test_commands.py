"""The commands, as an operator runs them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from adapters.cli import facecheckin
from benchmarks.history import BEGIN
from tests.analytics.conftest import Drawn

AFTER = f"{BEGIN:%Y-%m-%d}T11:30:00+01:00"
Run = Callable[..., Result]


@pytest.fixture
def run(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", drawn.dsn)
    monkeypatch.setenv("FACECHECKIN_KEYS", str(drawn.key_file))

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(facecheckin, arguments)

    return command


def test_an_export_says_what_it_wrote_and_that_there_is_nothing_new(run: Run, drawn: Drawn, tmp_path: Path) -> None:
    assert f"{drawn.history.events} events" in run("events", "export", "--to", str(tmp_path / "out")).output
    again = run("events", "export", "--to", str(tmp_path / "out"), "--since", "0")
    assert "nothing new" in again.output
    refused = run("events", "export", "--to", str(tmp_path / "out"), "--since", "77")
    assert refused.exit_code == 1
    assert "leave out --since" in refused.output


def test_attendance_is_counted_without_names_and_told_with_them(run: Run, drawn: Drawn) -> None:
    counted = run("replay", "--as-of", AFTER, "--json", "attendance")
    sessions = msgspec.json.decode(counted.output)["sessions"]
    assert sum(session["counts"]["present"] for session in sessions) > 30
    assert "Person Number" not in counted.output
    assert not [person for person in drawn.history.people if str(person) in counted.output]
    assert "Person Number0" in run("replay", "--as-of", AFTER, "--names", "--json", "attendance").output
    assert "Lesson 1" in run("replay", "--as-of", AFTER, "attendance").output


def test_attendance_without_the_key_file_says_what_is_missing_and_makes_none(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACECHECKIN_KEYS", str(tmp_path / "elsewhere.json"))
    outcome = run("replay", "--as-of", AFTER, "attendance")
    assert outcome.exit_code == 1
    assert "sealed" in outcome.output
    assert not (tmp_path / "elsewhere.json").exists()


def test_emotion_needs_no_key_file_and_has_no_names(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACECHECKIN_KEYS", str(tmp_path / "elsewhere.json"))
    told = msgspec.json.decode(run("replay", "--as-of", AFTER, "--json", "emotion").output)
    assert told["groups"]
    assert run("replay", "--as-of", AFTER, "--names", "emotion").exit_code == 2


def test_a_moment_that_is_none_is_explained(run: Run) -> None:
    outcome = run("replay", "--as-of", "yesterday", "attendance")
    assert outcome.exit_code == 2
    assert "is no time like" in outcome.output


def test_a_study_at_stricter_thresholds_counts_what_would_change(run: Run) -> None:
    told = run("study", "thresholds", "--identify", "0.35")
    assert "decisions would differ" in told.output
    assert "No event says whether a decision was right" in told.output
    changes = msgspec.json.decode(run("study", "thresholds", "--identify", "0.35", "--json").output)["changes"]
    assert any(change["recorded"] == "checked_in" and change["redecided"] == "unknown" for change in changes)


def test_the_tail_prints_json_lines_and_ends_quietly_when_nobody_reads(drawn: Drawn, tmp_path: Path) -> None:
    """`… events tail --since 0 --json | head -2`."""
    tail = [sys.executable, "-m", "adapters.cli", "events", "tail", "--since", "0", "--json"]
    environment = {"DATABASE_URL": drawn.dsn, "FACECHECKIN_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(tail, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline() for _ in range(2)]
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(timeout=20) == 0
    assert [msgspec.json.decode(line)["position"] for line in lines] == [1, 2]
    assert errors == b""


def test_serving_never_imports_what_only_analysts_need() -> None:
    script = (
        "import sys, adapters.cli, adapters.serving, adapters.wiring\n"
        "print(sorted({'pyarrow', 'duckdb', 'altair', 'vl_convert'} & set(sys.modules)))"
    )
    answered = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answered.stdout.strip() == "[]"
