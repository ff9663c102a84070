"""A form as its declared struct: URL-encoded fields, parsed as strictly as JSON is."""

from __future__ import annotations

from typing import Any, TypeVar, get_origin
from urllib.parse import parse_qsl

import msgspec
from litestar import Request

from adapters.http.json_request import field_error
from adapters.http.problem_document import HttpProblem, ProblemFacts

Form = TypeVar("Form", bound=msgspec.Struct)
_MEDIA_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 200


async def read_form(request: Request[Any, Any, Any], declared: type[Form]) -> Form:
    """An empty field counts as one that was not sent. Raises HttpProblem, as a JSON body would."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _MEDIA_TYPE:
        raise HttpProblem(ProblemFacts(code="unsupported-media-type", detail=f"send Content-Type: {_MEDIA_TYPE}"))
    return as_declared(await typed_fields(request), declared)


def as_declared(fields: list[tuple[str, str]], declared: type[Form]) -> Form:
    """Raises HttpProblem."""
    try:
        return msgspec.convert(_gathered(fields, declared), declared, strict=False)
    except msgspec.ValidationError as error:
        wrong = field_error(str(error))
        facts = ProblemFacts(code="request-malformed", detail=wrong.message, errors=[wrong])
        raise HttpProblem(facts) from None


async def typed_fields(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """What was typed, as it came, so that a form that was refused can show it again. Raises HttpProblem."""
    return form_fields(await request.body())


def form_fields(body: bytes) -> list[tuple[str, str]]:
    """Raises HttpProblem."""
    try:
        return parse_qsl(body.decode("utf-8"), max_num_fields=_MOST_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise HttpProblem(ProblemFacts(code="request-malformed", detail="the form cannot be read")) from None


def _gathered(fields: list[tuple[str, str]], declared: object) -> dict[str, Any]:
    """A field that is declared as a list holds every value that was sent under its name."""
    lists = {field.encode_name for field in _struct_fields(declared) if get_origin(field.type) is list}
    gathered: dict[str, Any] = {name: value for name, value in fields if name not in lists}
    for name, value in fields:
        if name in lists:
            gathered.setdefault(name, []).append(value)
    return gathered


def _struct_fields(declared: object) -> tuple[msgspec.structs.FieldInfo, ...]:
    is_struct = isinstance(declared, type) and issubclass(declared, msgspec.Struct)
    return msgspec.structs.fields(declared) if is_struct else ()  # type: ignore[arg-type]  # narrowed above
