"""The contract reads as OpenAPI and AsyncAPI should, by every rule of a linter that is not ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.http.openapi import openapi_document
from tests.contract.linter import HERE, LinterMissing, faults_by_rule, lint

CONTRACTS = HERE.parents[1] / "docs" / "contracts"


def linted(documents: Sequence[Path]) -> list[str]:
    try:
        return lint(documents)
    except LinterMissing as missing:
        pytest.skip(f"nothing was linted: {missing}")


@pytest.mark.parametrize("document", sorted(CONTRACTS.glob("*.json")), ids=lambda path: path.name)
def test_a_document_of_the_contract_is_clean(document: Path) -> None:
    assert linted([document]) == []


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    document: dict[str, Any] = msgspec.json.decode(openapi_document())  # a tree of JSON
    operation = document["paths"]["/health/live/"]["get"]
    operation["operationId"] = "isReady"
    del operation["summary"]
    operation["responses"]["200"]["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/Nothing"}
    spoilt = tmp_path / "openapi.json"
    spoilt.write_bytes(msgspec.json.encode(document))
    found = faults_by_rule(linted([spoilt]))
    assert {"operation-operationId-unique", "operation-summary", "no-unresolved-refs"} <= set(found)


def test_the_pins_name_no_place_to_get_packages_from() -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        assert not re.search(r"https?[:]//", (HERE / name).read_text(encoding="utf-8"))
