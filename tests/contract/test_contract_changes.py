"""Each kind of change that an older caller would trip over is named, and none of those that they would not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from adapters.http.contract_changes import breaking_changes
from adapters.http.openapi import openapi_document

Json = dict[str, Any]  # an OpenAPI document is a tree of JSON
RELEASED: Json = msgspec.json.decode(openapi_document())
IDENTIFY = "/api/checkin/identify/"


def schema(document: Json, name: str) -> Json:
    found: Json = document["components"]["schemas"][name]
    return found


def operation(document: Json, path: str = IDENTIFY, method: str = "post") -> Json:
    found: Json = document["paths"][path][method]
    return found


def rename(fields: Json, old: str, new: str) -> None:
    fields["properties"][new] = fields["properties"].pop(old)
    fields["required"] = [new if name == old else name for name in fields["required"]]


BREAKS: dict[str, tuple[Callable[[Json], object], str]] = {
    "an operation is removed": (lambda it: it["paths"].pop(IDENTIFY), "the operation is gone"),
    "a method is removed": (lambda it: it["paths"]["/api/people/"].pop("post"), "the operation is gone"),
    "a role is shut out": (lambda it: operation(it)["x-roles"].remove("station"), "may no longer"),
    "what was public asks who is there": (
        lambda it: operation(it, "/health/live/", "get").update(security=[{"bearer": []}]),
        "asks for a credential",
    ),
    "a success has another status": (
        lambda it: operation(it)["responses"].update({"201": operation(it)["responses"].pop("200")}),
        "200: the status is not answered any more",
    ),
    "an answer has another media type": (
        lambda it: operation(it)["responses"]["200"].update(content={"text/plain": {"schema": {"type": "string"}}}),
        "application/json is not answered any more",
    ),
    "a header is gone": (
        lambda it: operation(it)["responses"]["200"]["headers"].pop("Server-Timing"),
        "the header Server-Timing is gone",
    ),
    "a field of an answer is renamed": (
        lambda it: rename(schema(it, "Identity"), "match", "matched"),
        "the field match is gone",
    ),
    "a field of an answer may be missing": (
        lambda it: schema(it, "Identity")["required"].remove("confidence"),
        "the field confidence is gone, or may be missing",
    ),
    "a field of an answer has another type": (
        lambda it: schema(it, "Identity")["properties"].update(confidence={"type": "string"}),
        "confidence: string instead of",
    ),
    "a field of an answer may be null": (
        lambda it: schema(it, "Identity")["properties"].update(
            confidence={"anyOf": [{"type": "number"}, {"type": "null"}]}
        ),
        "confidence: null instead of",
    ),
    "an answer has a new value": (
        lambda it: schema(it, "Identity")["properties"]["decision"]["enum"].append("perhaps"),
        "['perhaps'] is new among the answers",
    ),
    "an answer has wider bounds": (
        lambda it: schema(it, "Identity")["properties"]["confidence"].update(maximum=100),
        "maximum 1",
    ),
    "a request has a new required field": (
        lambda it: schema(it, "IdentifyRequest")["required"].append("burst_id"),
        "the field burst_id is required now",
    ),
    "a request field is renamed": (
        lambda it: rename(schema(it, "IdentifyRequest"), "image", "frame"),
        "the field image is not known any more",
    ),
    "a request takes fewer values": (
        lambda it: schema(it, "RegisterRequest")["properties"]["consents"]["items"]["enum"].remove("emotion"),
        "['emotion'] is no longer taken",
    ),
    "a request takes less": (
        lambda it: schema(it, "EmotionRequest")["properties"]["images"].update(maxItems=5),
        "maxItems 5",
    ),
    "a request takes another form": (
        lambda it: schema(it, "EmotionRequest")["properties"]["checkin_id"].update(format="uri"),
        "the format 'uri'",
    ),
    "a request takes fewer words": (
        lambda it: schema(it, "RegisterRequest")["properties"]["name"].update(pattern="^[a-z]+$"),
        "the pattern '^[a-z]+$'",
    ),
    "a body is asked for": (
        lambda it: operation(it, "/api/people/{person_id}/pin/").update(requestBody=operation(it)["requestBody"]),
        "it asks for a body now",
    ),
    "a body has another media type": (
        lambda it: operation(it)["requestBody"].update(content={"multipart/form-data": {"schema": {}}}),
        "a body of application/json is no longer taken",
    ),
    "a parameter is gone": (
        lambda it: operation(it, "/api/checkin/", "get")["parameters"].pop(),
        "the query parameter",
    ),
    "a parameter is required": (
        lambda it: operation(it, "/api/checkin/", "get")["parameters"][0].update(required=True),
        "is required now",
    ),
    "a parameter is new and required": (
        lambda it: operation(it, "/health/live/", "get").update(
            parameters=[{"name": "why", "in": "query", "required": True, "schema": {"type": "string"}}]
        ),
        "the query parameter why is new and required",
    ),
    "a parameter takes less": (
        lambda it: operation(it, "/api/checkin/", "get")["parameters"][0]["schema"].update(maximum=50),
        "maximum 50",
    ),
}
HARMLESS: dict[str, Callable[[Json], object]] = {
    "nothing": lambda it: None,
    "an operation is added": lambda it: it["paths"].update(
        {"/api/new/": {"get": operation(it, "/health/live/", "get")}}
    ),
    "an answer grows": lambda it: schema(it, "Identity")["properties"].update(mood={"type": "string"}),
    "a request may say more": lambda it: schema(it, "IdentifyRequest")["properties"].update(lens={"type": "string"}),
    "a request takes more": lambda it: schema(it, "EmotionRequest")["properties"]["images"].update(minItems=1),
    "a problem code is new": lambda it: schema(it, "Problem")["properties"].update(code={"enum": ["brand-new"]}),
    "a problem is new": lambda it: operation(it)["responses"].update({"418": operation(it)["responses"]["405"]}),
    "a role is let in": lambda it: operation(it)["x-roles"].append("admin"),
    "an example is another": lambda it: it["components"]["examples"].clear(),
}


def changed(change: Callable[[Json], object]) -> Json:
    document = copy.deepcopy(RELEASED)
    change(document)
    return document


@pytest.mark.parametrize("kind", BREAKS)
def test_a_break_is_named(kind: str) -> None:
    change, said = BREAKS[kind]
    broken = breaking_changes(RELEASED, changed(change))
    assert [line for line in broken if said in line], broken


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_breaks_nobody_is_let_through(kind: str) -> None:
    assert breaking_changes(RELEASED, changed(HARMLESS[kind])) == []
