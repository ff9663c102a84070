"""The published contract is the one that is served, and it documents every answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from adapters.http.contract import contract_files
from adapters.http.openapi import described_operations, openapi_document
from adapters.http.operation import operation_of
from adapters.http.problems import CATALOGUE
from adapters.http.schema_changes import resolved

PUBLISHED = Path(__file__).parents[2] / "docs" / "contracts"
DOCUMENT: dict[str, Any] = msgspec.json.decode(openapi_document())  # a tree of JSON
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]


@pytest.mark.parametrize("name", contract_files())
def test_the_published_contract_is_current(name: str) -> None:
    """Where this fails: python -m adapters.http.contract"""
    assert (PUBLISHED / name).read_bytes() == contract_files()[name]


def test_every_path_ends_in_a_slash() -> None:
    assert all(path.endswith("/") for path in DOCUMENT["paths"])


def test_every_schema_is_a_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_every_problem_is_documented_by_some_operation() -> None:
    documented: set[str] = set()
    for item in DOCUMENT["paths"].values():
        for operation in item.values():
            documented |= set(operation.get("x-problems-inside", []))
            for answer in map(found, operation["responses"].values()):
                documented |= set(answer.get("content", {}).get("application/problem+json", {}).get("examples", {}))
    assert documented == set(CATALOGUE)


def test_every_example_fits_its_schema() -> None:
    shown = 0
    for part in parts(DOCUMENT):
        if not {"schema", "examples"} <= set(part):
            continue
        validator = Draft202012Validator({**part["schema"], "components": DOCUMENT["components"]})
        for example in part["examples"].values():
            validator.validate(found(example)["value"])
            shown += 1
    assert shown > len(OPERATIONS)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_body_has_an_example(path: str, method: str, operation: dict[str, Any]) -> None:
    bodies = [operation.get("requestBody", {}), *map(found, operation["responses"].values())]
    for media_type, content in ((name, one) for body in bodies for name, one in body.get("content", {}).items()):
        assert content.get("examples") or not media_type.endswith("json")


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_declares_who_may_call_it(path: str, method: str, operation: dict[str, Any]) -> None:
    declared = operation_of(described_operations()[operation["operationId"]])
    assert declared is not None
    ways = {way for ways in operation["security"] for way in ways}
    assert ("bearer" in ways) == (declared.roles is not None)
    assert ("signature" in ways) == (declared.signed or "station" in (declared.roles or ()))
    assert ("cookie" in ways) == bool((declared.roles or set()) - {"station"})
    assert ("401" in operation["responses"]) == bool(ways)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_problem_comes_with_its_headers(path: str, method: str, operation: dict[str, Any]) -> None:
    needed = {"401": "WWW-Authenticate", "405": "Allow", "429": "Retry-After", "503": "Retry-After"}
    for status, answer in ((status, found(answer)) for status, answer in operation["responses"].items()):
        assert {"Server-Timing", "traceparent"} <= set(answer["headers"])
        if status in needed:
            assert needed[status] in answer["headers"]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_a_path_with_a_name_in_it_may_lead_nowhere(path: str, method: str, operation: dict[str, Any]) -> None:
    nowhere = found(operation["responses"].get("404", {"content": {}}))["content"]
    examples = nowhere.get("application/problem+json", {}).get("examples", {})
    assert "not-found" in examples or "{" not in path


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_with_a_body_documents_what_can_be_wrong_with_it(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    assert ("requestBody" in operation) == ({"413", "415"} <= set(operation["responses"]))


def found(part: dict[str, Any]) -> dict[str, Any]:
    return resolved(DOCUMENT, part)[1]


def parts(tree: Any) -> Iterator[dict[str, Any]]:  # a tree of JSON
    """Every object in it."""
    if isinstance(tree, dict):
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from parts(branch)


def references(tree: Any) -> list[str]:  # a tree of JSON
    if isinstance(tree, list):
        return [reference for branch in tree for reference in references(branch)]
    if not isinstance(tree, dict):
        return []
    own = [tree["$ref"]] if isinstance(tree.get("$ref"), str) else []
    return own + [reference for branch in tree.values() for reference in references(branch)]
