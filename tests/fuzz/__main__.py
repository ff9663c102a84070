"""Fuzzes one target, or all of them in turn, and says what was found: `python -m tests.fuzz <target> --seconds 60`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzz.running import ALLOWED_MB, TARGETS, fuzz

KEPT = Path(__file__).parents[2] / "build" / "fuzz"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--allowed-mb", type=float, default=ALLOWED_MB, help="growth after the warm-up")
    given = parser.parse_args()
    failed = False
    for name in TARGETS if given.target == "all" else [given.target]:
        outcome = fuzz(
            name,
            KEPT / name,
            seconds=given.seconds,
            warm_up_s=given.seconds / 3,
            seed=given.seed,
            allowed_mb=given.allowed_mb,
        )
        print(f"{name}: {outcome.executions:,} executions, {outcome.peak_mb} MB at most")
        if outcome.found is not None:
            failed = True
            print(f"{outcome.found}\nthe input: {outcome.inputs}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
