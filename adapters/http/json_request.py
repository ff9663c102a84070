"""A body as its declared type: JSON decoded once, strictly, with every mistake named by its place."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from adapters.http.auth import Connection
from adapters.http.body_digest import check_digest
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts

_AT = re.compile(r"^(?P<message>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"^Object (?:contains unknown|missing required) field `(?P<name>.*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[([^\]]+)\]")
_LONGEST_MESSAGE = 300


class JsonRequest(Request[Any, Any, State]):
    """Decodes straight into the struct that the handler declares: base64 becomes bytes without a dict in between."""

    async def json(self) -> Any:  # each handler declares its own type
        body = await self.body()
        check_digest(self.scope, body)
        declared = self.route_handler.parsed_data_field
        assert declared is not None
        return decode_body(declared.annotation, body)


def decode_body(declared: type[msgspec.Struct], body: bytes) -> msgspec.Struct:
    """Raises `request-malformed`, with the place of the mistake where there is one."""
    try:
        return _decoded(declared, body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise HttpProblem(_malformed(error)) from None


async def json_only(connection: Connection, handler: BaseRouteHandler) -> None:
    """Answers 415 to a body that does not call itself JSON, or that came compressed."""
    if not isinstance(handler, HTTPRouteHandler) or handler.parsed_data_field is None:
        return
    media_type = connection.headers.get("content-type", "").split(";")[0].strip().lower()
    encoding = connection.headers.get("content-encoding", "identity").strip().lower()
    if media_type != "application/json":
        raise HttpProblem(ProblemFacts(code="unsupported-media-type", detail="send Content-Type: application/json"))
    if encoding != "identity":
        raise HttpProblem(ProblemFacts(code="unsupported-media-type", detail="send the body without Content-Encoding"))


def field_error(message: str) -> FieldError:
    """msgspec's message, split into what is wrong and a JSON Pointer (RFC 6901) to where."""
    found = _AT.match(message)
    text, path = (found["message"], found["path"] or "$") if found else (message, "$")
    pointer = "".join(f"/{name or index}" for name, index in _STEP.findall(path))
    field = _FIELD.match(text)
    if field is not None:
        pointer += "/" + field["name"].replace("~", "~0").replace("/", "~1")
    return FieldError(message=text[:_LONGEST_MESSAGE], pointer=pointer[:_LONGEST_MESSAGE])


def _decoded(declared: type[msgspec.Struct], body: bytes) -> msgspec.Struct:
    """JSON Schema calls 3.0 an integer, and msgspec does not: then the body is decoded once more."""
    try:
        return _decoder(declared).decode(body)
    except msgspec.ValidationError as error:
        if "Expected `int`, got `float`" not in str(error):
            raise
    return msgspec.convert(_WITH_WHOLE_NUMBERS.decode(body), declared)


def _whole_where_possible(number: str) -> int | float:
    value = float(number)
    return int(value) if value.is_integer() else value


_WITH_WHOLE_NUMBERS = msgspec.json.Decoder(float_hook=_whole_where_possible)


def _malformed(error: Exception) -> ProblemFacts:
    if isinstance(error, msgspec.ValidationError):
        wrong = field_error(str(error))
        return ProblemFacts(code="request-malformed", detail=wrong.message, errors=[wrong])
    reason = str(error) if isinstance(error, msgspec.DecodeError) else "it is not UTF-8, or nested too deeply"
    return ProblemFacts(code="request-malformed", detail=f"the body is not JSON: {reason}"[:_LONGEST_MESSAGE])


@lru_cache
def _decoder(declared: type[msgspec.Struct]) -> msgspec.json.Decoder[msgspec.Struct]:
    return msgspec.json.Decoder(declared)
