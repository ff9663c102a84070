"""The contract's bars, all of them: `python -m benchmarks.contract [--bar]`.

Schemathesis asks every operation with three seeds in every phase; the tests of the HTTP door and of the contract run
once, and say which of their answers were documented, which role was tried on which operation, and what stood in the
logs; then come the bars of the live feed and of overload.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.event_store.migrate import migrate
from adapters.http.access_tokens import ROLES
from adapters.http.openapi import described_operations, openapi_document
from benchmarks import live, overload
from benchmarks.bars import Bar, judge
from tests.contract.schemathesis_run import REPOSITORY, Outcome, run_schemathesis
from tests.contract.servers import willing
from tests.http.contract_recorder import Tally

SEEDS = (1, 2, 3)
EXAMPLES = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bar", action="store_true", help="exit 1 and name each bar that falls short")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="of Schemathesis, for each operation and seed")
    parser.add_argument("--overload-seconds", type=float, default=overload.OVERLOAD_S)
    options = parser.parse_args()
    bars = [
        *schemathesis_bars(options.examples),
        *tally_bars(),
        *live.bars(),
        *overload.bars(options.overload_seconds),
    ]
    judge(bars, enforce=options.bar)


def schemathesis_bars(examples: int) -> list[Bar]:
    outcomes = dict(_asked(examples))
    for seed, outcome in outcomes.items():
        print(f"schemathesis, seed {seed}: {outcome.cases} cases over {outcome.operations} operations")
        print("".join(f"  {failure}\n" for failure in outcome.failures), end="")
    operations = len(described_operations())
    return [
        Bar("schemathesis: failures, 3 seeds", sum(len(outcome.failures) for outcome in outcomes.values()), 0),
        Bar(
            "schemathesis: operations asked by every seed",
            min(outcome.operations for outcome in outcomes.values()),
            operations,
            at_least=True,
        ),
    ]


def tally_bars() -> list[Bar]:
    with tempfile.TemporaryDirectory() as folder:
        failed = _tests(Path(folder))
        tallies = [msgspec.json.decode(path.read_bytes(), type=Tally) for path in Path(folder).glob("*.json")]
    undocumented = {line for tally in tallies for line in tally.undocumented}
    met = {cell for tally in tallies for cell in tally.cells}
    missing = sorted(cells() - met)
    answers, lines = sum(tally.answers for tally in tallies), sum(tally.log_lines for tally in tallies)
    print(f"tests: {answers} answers, {len(cells())} cells of role and operation, {lines} lines of log")
    print("".join(f"  undocumented: {line}\n" for line in sorted(undocumented)), end="")
    print("".join(f"  never tried: {cell}\n" for cell in missing), end="")
    return [
        Bar("tests of the HTTP door and the contract: exit code", failed, 0),
        Bar("answers held against the contract", answers, 1_000, at_least=True),
        Bar("undocumented answers", len(undocumented), 0),
        Bar("cells of role and operation that nobody tried", len(missing), 0),
        Bar("secrets in the logs", sum(tally.secrets for tally in tallies), 0),
    ]


def cells() -> set[str]:
    """Every operation as every role and as nobody, those included that are public."""
    contract: dict[str, Any] = msgspec.json.decode(openapi_document())  # a tree of JSON
    return {
        f"{method.upper()} {path.rstrip('/')} {role}"
        for path, item in contract["paths"].items()
        for method in item
        for role in ("nobody", *ROLES)
    }


def _asked(examples: int) -> Iterator[tuple[int, Outcome]]:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as dsn:
        migrate(dsn)
        with willing(dsn, Path(folder)) as server:
            tokens = {str(role): caller.token for role, caller in server.callers.items()}
            for seed in SEEDS:
                reports = Path(folder) / f"seed-{seed}"
                yield (
                    seed,
                    run_schemathesis(
                        openapi_document(), reports, port=server.port, tokens=tokens, seed=seed, examples=examples
                    ),
                )


def _tests(tallies: Path) -> int:
    """The exit code; Schemathesis runs elsewhere."""
    command = [sys.executable, "-m", "pytest", "tests/http", "tests/contract", "-n", "2", "--dist", "loadfile"]
    done = subprocess.run(
        [*command, "--ignore", "tests/contract/test_schemathesis.py", "--no-header"],
        cwd=REPOSITORY,
        env={**os.environ, "CONTRACT_TALLY": str(tallies)},
        capture_output=True,
        text=True,
        check=False,
    )
    print("\n".join(done.stdout.splitlines()[-12:]))
    return done.returncode


if __name__ == "__main__":
    main()
