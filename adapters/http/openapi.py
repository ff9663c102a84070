"""The contract as OpenAPI 3.1: Litestar's paths, msgspec's schemas, and every problem from the catalogue."""

from __future__ import annotations

from functools import cache
from inspect import cleandoc
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute

from adapters.http.json_request import JsonRequest
from adapters.http.operation import Operation, operation_of
from adapters.http.problem_document import MEDIA_TYPE, Problem, ProblemFacts, problem_document
from adapters.http.problems import CATALOGUE, ProblemCode, ProblemKind
from adapters.http.resources import CONTROLLERS

CONTRACT_VERSION = "1.0.0"
_DESCRIPTION = """Face check-in at a door.

Requests are strict: an unknown field is refused with `request-malformed`, which names it. A misspelt `user_id` would
otherwise turn a comparison with one person into a search among everybody. So a server is upgraded before its stations.
Answers may grow: a caller ignores the fields that it does not know. Whatever is not answered as asked is a problem
document (RFC 9457) with a `code` from the catalogue at `/problems/`; its `retry` says what to do next. Every path
works with and without its trailing slash."""
_REF = "#/components/schemas/{name}"
Json = dict[str, Any]  # an OpenAPI document is a tree of JSON

_HEADERS: Json = {
    "ServerTiming": {"description": "milliseconds by stage, and in total", "schema": {"type": "string"}},
    "Traceparent": {"description": "W3C trace context: the caller's trace goes on", "schema": {"type": "string"}},
    "ContentLanguage": {"description": "of `sentence`", "schema": {"type": "string", "enum": ["en", "de", "ar"]}},
    "RetryAfter": {"description": "seconds", "required": True, "schema": {"type": "integer", "minimum": 1}},
    "WwwAuthenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}},
    "Allow": {"description": "the methods of this path", "required": True, "schema": {"type": "string"}},
}
_EVERYWHERE = {"Server-Timing": "ServerTiming", "traceparent": "Traceparent"}
_BY_STATUS = {
    401: ("WWW-Authenticate", "WwwAuthenticate"),
    405: ("Allow", "Allow"),
    429: ("Retry-After", "RetryAfter"),
    503: ("Retry-After", "RetryAfter"),
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
    codes: list[ProblemCode] = ["request-malformed", "method-not-allowed", "internal"]
    if operation.roles is not None:
        codes += ["unauthenticated", "forbidden", "not-ready"]
    if "{" in "".join(handler.paths):
        codes.append("not-found")
    if handler.parsed_data_field is not None:
        codes += ["body-too-large", "unsupported-media-type"]
    return list(dict.fromkeys([*codes, *operation.problems]))


def _document() -> Json:
    app = _described()
    handlers = described_operations()
    document: Json = msgspec.to_builtins(app.openapi_schema.to_schema())
    bodies = [_request_type(handler) or _answer_type(handler) for handler in handlers.values()]
    answers = [_answer_type(handler) for handler in handlers.values()]
    types = [declared for declared in (*bodies, *answers, Problem) if declared is not None]
    references, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    reference_of = dict(zip(types, references, strict=True))
    document["components"] = {
        "schemas": {name: _tidy(schema) for name, schema in sorted(schemas.items())},
        "examples": _examples(),
        "headers": _HEADERS,
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "an access token"}},
    }
    document["paths"] = {
        path.rstrip("/") + "/": {
            method: _operation(described, handlers[described["operationId"]], reference_of)
            for method, described in item.items()
        }
        for path, item in sorted(document["paths"].items())
    }
    return document


def _operation(described: Json, handler: HTTPRouteHandler, reference_of: dict[Any, Json]) -> Json:
    operation = _declared(handler)
    request, answer = _request_type(handler), _answer_type(handler)
    if request is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": reference_of[request]}},
        }
    success: Json = {"description": described.get("summary", ""), "headers": _header_references(_EVERYWHERE)}
    if answer is not None:
        success["content"] = {"application/json": {"schema": reference_of[answer]}}
    described["responses"] = {str(handler.status_code): success, **_problem_responses(possible_problems(handler))}
    if operation.inside:
        described["x-problems-inside"] = list(operation.inside)
    described["security"] = [] if operation.roles is None else [{"bearer": []}]
    if operation.roles is not None:
        described["x-roles"] = sorted(operation.roles)
    return described


def _problem_responses(codes: list[ProblemCode]) -> Json:
    by_status: dict[int, list[ProblemKind]] = {}
    for kind in (CATALOGUE[code] for code in codes):
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _problem_response(status, kinds) for status, kinds in sorted(by_status.items())}


def _problem_response(status: int, kinds: list[ProblemKind]) -> Json:
    headers = {**_EVERYWHERE, "Content-Language": "ContentLanguage"}
    if status in _BY_STATUS:
        name, component = _BY_STATUS[status]
        headers[name] = component
    elif any(kind.code == "checkin-undecided" for kind in kinds):
        headers["Retry-After"] = "RetryAfter"
    examples = {kind.code: {"$ref": f"#/components/examples/{kind.code}"} for kind in kinds}
    return {
        "description": "; ".join(f"`{kind.code}`: {kind.title}" for kind in kinds),
        "headers": _header_references(headers),
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}, "examples": examples}},
    }


def _examples() -> Json:
    return {
        kind.code: {
            "summary": kind.title,
            "value": msgspec.to_builtins(problem_document(ProblemFacts(code=kind.code), language="en")),
        }
        for kind in CATALOGUE.values()
    }


def _header_references(headers: dict[str, str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in headers.items()}


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


def _request_type(handler: HTTPRouteHandler) -> Any:  # whichever struct the handler declares
    field = handler.parsed_data_field
    return None if field is None else field.annotation


def _answer_type(handler: HTTPRouteHandler) -> Any:  # whichever struct the handler declares
    field = handler.parsed_fn_signature.return_type
    declared = field.inner_types[0].annotation if field.inner_types else field.annotation
    return None if declared in (None, type(None)) else declared
