"""Runs the harness in a process of its own, for libFuzzer ends the one it runs in, and reads what it says."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import msgspec

from tests.fuzz.targets import NAMES

TARGETS = NAMES
ALLOWED_MB = 48.0
_REPOSITORY = Path(__file__).parents[2]
_SLOWEST_S = 10
_FIGURE = re.compile(r"^stat::(?P<name>\w+):\s+(?P<value>\d+)$", re.MULTILINE)
_SO_FAR = re.compile(r"^#(\d+)\s", re.MULTILINE)
_GRACE_S = 60


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`found`: what the process said of a finding, None where there was none. `inputs`: those that it came with."""

    executions: int
    peak_mb: int
    found: str | None
    inputs: list[Path]


def fuzz(
    name: str, folder: Path, *, seconds: int, warm_up_s: float, seed: int = 1, allowed_mb: float = ALLOWED_MB
) -> Outcome:
    """`folder` keeps the inputs that led somewhere new, for the next run, and those that found something."""
    corpus, findings = folder / "corpus", folder / "findings"
    for made in (corpus, findings):
        made.mkdir(parents=True, exist_ok=True)
    target = importlib.import_module(f"tests.fuzz.targets.{name}")
    for number, content in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(content)
    words = folder / "words"
    words.write_text("".join(f'"{word}"\n' for word in target.WORDS), encoding="ascii")
    known = set(findings.iterdir())
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.fuzz.harness",
            name,
            str(warm_up_s),
            str(allowed_mb),
            str(corpus),
            f"-artifact_prefix={findings}/",
            f"-dict={words}",
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            "-print_final_stats=1",
            f"-timeout={_SLOWEST_S}",
            "-rss_limit_mb=0",  # it would count what the process that starts it once held; the harness has a limit
            "-verbosity=1",
        ],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds + _GRACE_S,
        check=False,
    )
    said = done.stdout + done.stderr
    figures = {found["name"]: int(found["value"]) for found in _FIGURE.finditer(said)}
    return Outcome(
        executions=figures.get("number_of_executed_units") or max(map(int, _SO_FAR.findall(said)), default=0),
        peak_mb=figures.get("peak_rss_mb", 0),
        found=None if done.returncode == 0 else _finding(said),
        inputs=sorted(set(findings.iterdir()) - known),
    )


def _finding(said: str) -> str:
    """From the exception on, without libFuzzer's table of what it tried."""
    start = said.find("=== Uncaught Python exception")
    lines = (said[start:] if start >= 0 else said[-4_000:]).splitlines()
    return "\n".join(line for line in lines if not line.startswith(("stat::", "#", "MS:")))[:4_000]
