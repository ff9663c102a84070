"""Whatever Schemathesis thinks of asking, each operation answers as the contract says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.http.openapi import CONTRACT_VERSION, described_operations, openapi_document
from adapters.http.release import promises, version_of
from tests.contract.schemathesis_run import ALL_PHASES, REPOSITORY, Outcome, run_schemathesis
from tests.contract.tolerant import as_a_tolerant_caller_reads
from tests.http.live_server import LiveServer

pytestmark = pytest.mark.timeout(300)
# The first seed goes through everything; the others draw anew where chance decides.
SEEDS = ((1, ALL_PHASES), (2, ("fuzzing", "stateful")), (3, ("fuzzing", "stateful")))
PROMISED = promises(REPOSITORY / "docs" / "contracts" / "released", version_of(CONTRACT_VERSION))


def ask(
    server: LiveServer,
    document: bytes,
    folder: Path,
    seed: int,
    phases: Sequence[str],
    *options: str,
    examples: int = 3,
) -> Outcome:
    tokens = {str(role): caller.token for role, caller in server.callers.items()}
    return run_schemathesis(
        document,
        folder,
        port=server.port,
        tokens=tokens,
        seed=seed,
        examples=examples,
        phases=phases,
        options=options,
    )


@pytest.mark.parametrize(("seed", "phases"), SEEDS)
def test_every_operation_keeps_the_contract(
    willing_server: LiveServer, tmp_path: Path, seed: int, phases: Sequence[str]
) -> None:
    outcome = ask(willing_server, openapi_document(), tmp_path, seed, phases)
    assert outcome.failures == [], outcome.report
    assert outcome.operations == len(described_operations())
    assert outcome.cases > outcome.operations


@pytest.mark.parametrize("released", PROMISED, ids=lambda path: path.stem)
def test_a_caller_of_a_released_contract_can_go_on(willing_server: LiveServer, tmp_path: Path, released: Path) -> None:
    document = as_a_tolerant_caller_reads(released.read_bytes(), openapi_document())
    outcome = ask(willing_server, document, tmp_path, 1, ("examples", "fuzzing"), "--mode", "positive", examples=2)
    assert outcome.failures == [], outcome.report
    assert outcome.cases >= outcome.operations


def test_a_server_that_breaks_a_released_contract_is_caught(willing_server: LiveServer, tmp_path: Path) -> None:
    """The released one is made to promise a field that the server does not answer."""
    promised: dict[str, Any] = msgspec.json.decode(openapi_document())  # a tree of JSON
    alive = promised["components"]["schemas"]["Alive"]
    alive["properties"]["since"] = {"type": "string"}
    alive["required"] = ["status", "since"]
    document = as_a_tolerant_caller_reads(msgspec.json.encode(promised), openapi_document())
    outcome = ask(
        willing_server, document, tmp_path, 1, ("fuzzing",), "--include-operation-id", "isAlive", "--mode", "positive"
    )
    assert [failure for failure in outcome.failures if "violates schema" in failure], outcome.report
