"""A few seconds of fuzzing for whatever reads what strangers send: nothing raises, and nothing is kept."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.fuzz.running import TARGETS, fuzz

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is built for Linux on x86-64 alone: nothing was fuzzed here",
)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_that_is_read_fails_or_keeps_what_it_was_given(tmp_path: Path, name: str) -> None:
    outcome = fuzz(name, tmp_path, seconds=1, warm_up_s=0.5)
    assert outcome.found is None
    assert outcome.executions > 100


def test_a_planted_crash_is_found_and_its_input_kept(tmp_path: Path) -> None:
    outcome = fuzz("planted_crash", tmp_path, seconds=20, warm_up_s=1.0)
    assert outcome.found is not None
    assert "ZeroDivisionError: planted" in outcome.found
    (kept,) = outcome.inputs
    assert kept.read_bytes().startswith(b"door")


def test_a_planted_leak_is_found(tmp_path: Path) -> None:
    outcome = fuzz("planted_leak", tmp_path, seconds=20, warm_up_s=0.2, allowed_mb=16.0)
    assert outcome.found is not None
    assert "MemoryGrown" in outcome.found
