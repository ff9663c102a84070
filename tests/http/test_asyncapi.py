"""The published description of the live feed is the one that is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from adapters.http.asyncapi import asyncapi_document
from adapters.http.cookie_sessions import SignInCookie
from adapters.http.live_sockets import CLOSE_CODES, PROTOCOL_CODES
from adapters.http.openapi import openapi_document
from adapters.live.audience import Ending

PUBLISHED = Path(__file__).parents[2] / "docs" / "contracts" / "asyncapi.json"
DOCUMENT: dict[str, Any] = msgspec.json.decode(asyncapi_document())  # a tree of JSON
MESSAGES = DOCUMENT["components"]["messages"]


def test_the_published_description_is_current() -> None:
    """Where this fails: python -m adapters.http.contract"""
    assert PUBLISHED.read_bytes() == asyncapi_document()


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_every_example_is_valid(name: str) -> None:
    schema = {**MESSAGES[name]["payload"], "components": DOCUMENT["components"]}
    (example,) = MESSAGES[name]["examples"]
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(example["payload"])


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_a_kind_is_one_message_of_a_channel() -> None:
    for channel in DOCUMENT["channels"].values():
        kinds = [MESSAGES[name]["name"] for name in channel["messages"]]
        assert len(set(kinds)) == len(kinds)


def test_every_way_to_be_closed_is_told() -> None:
    """Those that a test meets are looked up as well, where it meets them."""
    assert set(CLOSE_CODES) == set(get_args(Ending))
    for name in ("mine", "staff"):
        told = DOCUMENT["channels"][name]["x-close-codes"]
        assert set(told) == {str(code) for code in {*CLOSE_CODES.values(), *PROTOCOL_CODES}}
        assert all(told.values())


def test_both_contracts_call_the_cookie_the_same() -> None:
    http: Any = msgspec.json.decode(openapi_document())  # a tree of JSON
    named = {
        document["components"]["securitySchemes"][scheme]["name"]
        for document, scheme in ((http, "cookie"), (DOCUMENT, "session"))
    }
    assert named == {SignInCookie("https://door.example").name}


def references(tree: Any) -> list[str]:  # a tree of JSON
    if isinstance(tree, list):
        return [reference for branch in tree for reference in references(branch)]
    if not isinstance(tree, dict):
        return []
    own = [tree["$ref"]] if isinstance(tree.get("$ref"), str) else []
    return own + [reference for branch in tree.values() for reference in references(branch)]
