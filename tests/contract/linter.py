"""What judges the contract: Redocly's linter and AsyncAPI's own schema, pinned, installed with npm on first use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / "build" / "contract-lint"
_PINS = ("package.json", "package-lock.json", ".npmrc")
_INSTALL_TIMEOUT_S = 90
_LINT_TIMEOUT_S = 60
_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


class LinterMissing(Exception):
    """Says why there is none: no Node.js, or no registry."""


def lint(documents: Sequence[Path], *, config: Path = HERE / "redocly.yaml") -> list[str]:
    """Every fault as `rule: what, where`, empty where there is none. Raises LinterMissing."""
    command = [
        _node(),
        str(_installed() / "@redocly" / "cli" / "bin" / "cli.js"),
        "lint",
        "--config",
        str(config),
        "--format",
        "json",
        "--max-problems",
        "1000",
    ]
    done = subprocess.run(
        [*command, *map(str, documents)],
        cwd=HERE.parents[1],
        env={**os.environ, **_QUIET},
        capture_output=True,
        text=True,
        timeout=_LINT_TIMEOUT_S,
        check=False,
    )
    told: dict[str, Any] = json.loads(done.stdout)  # a tree of JSON
    faults = [f"{one['ruleId']}: {one['message']}, {_where(one)}" for one in told["problems"]]
    if done.returncode and not faults:
        faults = [done.stderr[-500:]]
    return faults


def asyncapi_schema(version: str) -> Path:
    """The JSON Schema that the makers of AsyncAPI publish of a whole document. Raises LinterMissing."""
    return _installed() / "@asyncapi" / "specs" / "schemas" / f"{version}-without-$id.json"


def faults_by_rule(faults: Sequence[str]) -> Counter[str]:
    return Counter(fault.partition(":")[0] for fault in faults)


def _where(fault: dict[str, Any]) -> str:  # a tree of JSON
    place = fault["location"][0]
    return f"{place['source']['ref']} {place.get('pointer', '')}"


def _installed() -> Path:
    """The folder of the packages, once those that the pins name are there."""
    packages = INSTALLED / "node_modules"
    pinned = b"".join((HERE / name).read_bytes() for name in _PINS)
    mark = INSTALLED / "pins"
    if packages.exists() and mark.exists() and mark.read_bytes() == pinned:
        return packages
    npm = shutil.which("npm")
    if npm is None:
        raise LinterMissing("npm is not here")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in _PINS:
        shutil.copyfile(HERE / name, INSTALLED / name)
    try:
        done = subprocess.run(
            [npm, "ci", "--prefer-offline"],
            cwd=INSTALLED,
            capture_output=True,
            text=True,
            timeout=_INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LinterMissing(f"npm did not answer in {_INSTALL_TIMEOUT_S} s") from None
    if done.returncode:
        raise LinterMissing(f"npm could not install it: {done.stderr.strip().splitlines()[-1:]}")
    mark.write_bytes(pinned)
    return packages


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise LinterMissing("Node.js is not here")
    return node
