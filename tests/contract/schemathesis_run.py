"""Runs Schemathesis over a whole contract against a server, in a process of its own, and says what failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.contract.roles_hook import TOKENS_VARIABLE

REPOSITORY = Path(__file__).parents[2]
ALL_PHASES = ("examples", "coverage", "fuzzing", "stateful")
# What fits the schema may still be refused for what it says (422), for what is so (404, 409) or for now (429, 503).
_CONFIG = """
continue-on-failure = true
warnings = false
hooks = "tests.contract.roles_hook"

[generation]
no-shrink = true
with-security-parameters = false

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429", "503"]

[checks.negative_data_rejection]
expected-statuses = ["4xx", "503"]

[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503"]
"""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`failures`: one line for each unique one; `report` is what Schemathesis printed."""

    cases: int
    operations: int
    failures: list[str]
    report: str


def run_schemathesis(
    document: bytes,
    folder: Path,
    *,
    port: int,
    tokens: Mapping[str, str],
    seed: int,
    examples: int,
    phases: Sequence[str] = ALL_PHASES,
    options: Sequence[str] = (),
) -> Outcome:
    """With all checks, and at most so many examples an operation; reports and the document are left in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    contract, config, report = folder / "openapi.json", folder / "schemathesis.toml", folder / f"report-{seed}.json"
    contract.write_bytes(document)
    config.write_text(_CONFIG, encoding="utf-8")
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(config), "--no-color", "run"),
        *(str(contract), "--url", f"http://127.0.0.1:{port}", "--checks", "all", "--seed", str(seed)),
        *("--max-examples", str(examples), "--phases", ",".join(phases)),
        *("--report", "json", "--report-json-path", str(report), *options),
    ]
    environment = {**os.environ, TOKENS_VARIABLE: json.dumps(dict(tokens)), "PYTHONPATH": str(REPOSITORY)}
    # It keeps a database of examples in its working directory, which would make one run depend on another.
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if not report.exists():
        raise RuntimeError(f"schemathesis did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(report.read_bytes())  # a tree of JSON
    failures = [f"{one['title']} ({', '.join(one['operations'])})" for one in told["failures"]]
    errors = [f"error: {json.dumps(one)[:300]}" for one in told["errors"]]
    if done.returncode and not failures and not errors:
        errors = [f"exit code {done.returncode}"]
    return Outcome(
        cases=told["test_cases"]["generated"],
        operations=told["operations"]["tested"],
        failures=[*failures, *errors],
        report=done.stdout,
    )
