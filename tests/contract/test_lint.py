"""The contract reads as OpenAPI and AsyncAPI should, by every rule of a linter that is not ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # it ships no types

from adapters.http.asyncapi import asyncapi_document
from adapters.http.openapi import openapi_document
from tests.contract.linter import HERE, LinterMissing, asyncapi_schema, faults_by_rule, lint

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


def live_description() -> dict[str, Any]:  # a tree of JSON
    description: dict[str, Any] = msgspec.json.decode(asyncapi_document())
    return description


def against_the_schema(description: dict[str, Any]) -> list[str]:  # a tree of JSON
    """Where the description is none, by what the makers of AsyncAPI say one is."""
    try:
        schema = msgspec.json.decode(asyncapi_schema(description["asyncapi"]).read_bytes())
    except LinterMissing as missing:
        pytest.skip(f"nothing was validated: {missing}")
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in Draft7Validator(schema).iter_errors(description)]


def test_the_description_of_the_live_feed_is_one_by_asyncapis_own_schema() -> None:
    assert against_the_schema(live_description()) == []


@pytest.mark.parametrize("part", ["info", "channels", "operations", "messages"])
def test_a_description_that_is_none_is_found(part: str) -> None:
    description = live_description()
    match part:
        case "info":
            del description["info"]["version"]
        case "channels":
            description["channels"]["mine"]["subscribe"] = {}
        case "operations":
            description["operations"]["tellMine"]["action"] = "shout"
        case _:
            next(iter(description["components"]["messages"].values()))["payloads"] = {}
    (fault,) = against_the_schema(description)
    assert part in fault


def test_the_pins_name_no_place_to_get_packages_from() -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        assert not re.search(r"https?[:]//", (HERE / name).read_text(encoding="utf-8"))
