"""The contract as OpenAPI 3.1: Litestar's paths, msgspec's schemas, and every problem from the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from inspect import cleandoc
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute

from adapters.http.admission import PRIORITIES, PRIORITY_HEADER
from adapters.http.examples import example_of, name_of
from adapters.http.json_request import JsonRequest
from adapters.http.openapi_answers import HEADERS, content, problem_answers, share_answers, success, text_success
from adapters.http.operation import Operation, operation_of
from adapters.http.problem_document import Problem
from adapters.http.problem_examples import problem_example
from adapters.http.problems import CATALOGUE, ProblemCode
from adapters.http.resources import CONTROLLERS
from adapters.http.security_schemes import SECURITY_SCHEMES

CONTRACT_VERSION = "0.2.0"
_DESCRIPTION = """Face check-in at a door.

Requests are strict: an unknown field is refused with `request-malformed`, which names it. A misspelt `user_id` would
otherwise turn a comparison with one person into a search among everybody. So a server is upgraded before its stations.
Of a field that is given twice the last one counts: send none twice.
Answers may grow: a caller ignores the fields that it does not know, and acts on the `status` and `retry` of a problem
whose `code` it does not know. Whatever is not answered as asked is a problem document (RFC 9457) with a `code` from
the catalogue at `/problems/`; its `retry` says what to do next. Every path works with and without its trailing slash,
answers OPTIONS with its methods in `Allow`, and HEAD with what GET would answer, without the body. Every answer may not
be stored, framed or sniffed, as its headers say. Where too many connections are open, one more is answered `overloaded`
or `rate-limited` before it has asked; what is no HTTP is answered `request-malformed`; and a server that is about to
stop answers `not-ready` to whoever has not sent the whole request. After these the connection is closed.
"""
_REF = "#/components/schemas/{name}"
Json = dict[str, Any]  # an OpenAPI document is a tree of JSON
_PRIORITY: Json = {
    "name": PRIORITY_HEADER,
    "in": "header",
    "required": False,
    "description": "`backlog` where nobody waits at the door for it: a burst that a station kept. It lets the others "
    "go first, and is refused as `overloaded` while the queue has room only for them.",
    "schema": {"type": "string", "enum": list(PRIORITIES), "default": "live"},
}

# What a resource is about, for readers of the contract.
_TAGS = {
    "check-in": "a burst comes in, and what became of it",
    "people": "who may check in, their consents and photographs",
    "emotion": "anonymous emotions, of groups that are over",
    "sessions": "meetings, who is expected, and who was there",
    "stations": "the devices at the doors",
    "reports": "attendance counted over a term, for people and for spreadsheets",
    "imports": "people, rosters and timetables from files",
    "problems": "the catalogue of everything that can be answered instead",
    "live": "what holds now, for a page that shows it; what happens after that is in asyncapi.json",
    "health": "whether the server lives, and can do its work",
    "metrics": "what the server measures of itself",
}


@cache
def openapi_document() -> bytes:
    """The contract as indented JSON, the same bytes each time."""
    return msgspec.json.format(msgspec.json.encode(_document()), indent=2) + b"\n"


def described_operations() -> dict[str, HTTPRouteHandler]:
    """The handlers of the contract by operation id."""
    return {
        handler.operation_id: handler for handler in _handlers(_described()) if isinstance(handler.operation_id, str)
    }


def possible_problems(handler: HTTPRouteHandler) -> list[ProblemCode]:
    """Every problem that an operation can answer: its own, and those that its kind of request can meet."""
    operation = _declared(handler)
    # A Host header that names no host is malformed whatever is asked for.
    codes: list[ProblemCode] = ["request-malformed", "method-not-allowed", "head-too-large", "internal", "rate-limited"]
    codes.append("not-ready")  # where it takes too long
    if operation.roles is not None:
        codes += ["unauthenticated", "forbidden"]
        if operation.roles != {"station"} and not handler.http_methods <= {"GET", "HEAD", "OPTIONS"}:
            codes.append("origin-refused")
    if operation.roles is not None or operation.signed:
        codes += ["signature-invalid", "signature-stale", "signature-replayed"]
    if any("{" in path for layer in handler.ownership_layers for path in _paths(layer)):
        codes.append("not-found")
    if handler.parsed_data_field is not None:
        codes += ["body-too-large", "body-too-slow", "unsupported-media-type"]
    return list(dict.fromkeys([*codes, *operation.problems]))


def _document() -> Json:
    app = _described()
    handlers = described_operations()
    document: Json = msgspec.to_builtins(app.openapi_schema.to_schema())
    bodies = [_request_type(handler) or _answer_type(handler) for handler in handlers.values()]
    answers = [_answer_type(handler) for handler in handlers.values()]
    types = list(dict.fromkeys(declared for declared in (*bodies, *answers, Problem) if declared not in (None, str)))
    references, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    reference_of = dict(zip(types, references, strict=True))
    document["paths"] = {
        path.rstrip("/") + "/": {
            method: _operation(described, handlers[described["operationId"]], reference_of)
            for method, described in item.items()
        }
        for path, item in sorted(document["paths"].items())
    }
    document["tags"] = _tags(document["paths"])
    used = {code for handler in handlers.values() for code in possible_problems(handler)}
    document["components"] = {
        "schemas": {name: _tidy(schema) for name, schema in sorted(schemas.items())},
        "responses": share_answers([operation for item in document["paths"].values() for operation in item.values()]),
        "examples": {**_problem_examples(used), **_body_examples(types)},
        "headers": HEADERS,
        "securitySchemes": SECURITY_SCHEMES,
    }
    return document


def _operation(described: Json, handler: HTTPRouteHandler, reference_of: dict[Any, Json]) -> Json:
    operation = _declared(handler)
    request, answer = _request_type(handler), _answer_type(handler)
    described["description"] = (
        "For anybody." if operation.roles is None else f"For the roles: {', '.join(sorted(operation.roles))}."
    )
    if operation.queued:
        described.setdefault("parameters", []).append(_PRIORITY)
    if "parameters" in described:
        described["parameters"] = [_parameter(parameter) for parameter in described["parameters"]]
    if request is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": content(reference_of[request], name_of(request))},
        }
    summary = described.get("summary", "")
    described["responses"] = {
        str(handler.status_code): text_success(summary)
        if answer is str
        else success(
            summary,
            None if answer is None else reference_of[answer],
            None if answer is None else name_of(answer),
            sets_cookie=operation.sets_cookie,
            files=operation.files,
        ),
        **problem_answers(possible_problems(handler), reference_of[Problem]),
    }
    if operation.inside:
        described["x-problems-inside"] = list(operation.inside)
    described["security"] = _security(operation)
    if operation.roles is not None:
        described["x-roles"] = sorted(operation.roles)
    return described


def _security(operation: Operation) -> list[Json]:
    """Any one of these is enough; none where anybody may ask."""
    if operation.roles is None:
        return [{"signature": []}] if operation.signed else []
    browsers: list[Json] = [] if operation.roles == {"station"} else [{"cookie": []}]
    return [{"bearer": []}, *([{"signature": []}] if "station" in operation.roles else []), *browsers]


def _parameter(described: Json) -> Json:
    """Without what only repeats the defaults of OpenAPI, and never without a description."""
    name = described["name"]
    described.setdefault("description", f"the id of the {name.removesuffix('_id')}" if name.endswith("_id") else name)
    kept = {key: value for key, value in described.items() if value is not False or key == "required"}
    kept["schema"] = {key: _whole(value) for key, value in described["schema"].items() if key != "description"}
    return kept


def _tags(paths: Json) -> list[Json]:
    used = {tag for item in paths.values() for operation in item.values() for tag in operation["tags"]}
    return [{"name": tag, "description": _TAGS.get(tag, tag)} for tag in [*_TAGS, *sorted(used - set(_TAGS))]]


def _problem_examples(codes: set[ProblemCode]) -> Json:
    return {
        kind.code: {"summary": kind.title, "value": problem_example(kind.code)}
        for kind in CATALOGUE.values()
        if kind.code in codes
    }


def _body_examples(types: Sequence[Any]) -> Json:  # whichever structs the handlers declare
    named = {name_of(declared): {"value": example_of(declared)} for declared in types if declared is not Problem}
    return dict(sorted(named.items()))


def _whole(value: Any) -> Any:  # any JSON: Litestar writes the bounds of integers as floats
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _tidy(schema: Json) -> Json:
    """Without the indentation that a docstring has in its source."""
    return {**schema, "description": cleandoc(schema["description"])} if "description" in schema else schema


@cache
def _described() -> Litestar:
    """An app that is only described and never served, so it needs no services."""
    return Litestar(
        CONTROLLERS,
        dependencies={"services": Provide(lambda: None, sync_to_thread=False)},
        openapi_config=OpenAPIConfig(title="FaceCheckIn", version=CONTRACT_VERSION, description=_DESCRIPTION),
        logging_config=None,
        request_class=JsonRequest,
    )


def _handlers(app: Litestar) -> list[HTTPRouteHandler]:
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    return [handler for route in routes for handler in route.route_handlers if operation_of(handler) is not None]


def _declared(handler: HTTPRouteHandler) -> Operation:
    operation = operation_of(handler)
    assert operation is not None
    return operation


def _paths(layer: object) -> Collection[str]:
    """A handler has several, its controller and its router one each, and the application none."""
    paths: Collection[str] = getattr(layer, "paths", None) or [getattr(layer, "path", None) or ""]
    return paths


def _request_type(handler: HTTPRouteHandler) -> Any:  # whichever struct the handler declares
    field = handler.parsed_data_field
    return None if field is None else field.annotation


def _answer_type(handler: HTTPRouteHandler) -> Any:  # whichever struct, or list of structs, the handler declares
    field = handler.parsed_fn_signature.return_type
    declared = field.inner_types[0].annotation if field.is_subclass_of(Response) else field.annotation
    return None if declared in (None, type(None)) else declared
