"""Whether an answer is one that the contract documents: status, media type, schema, problem code and headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from adapters.http.openapi import openapi_document
from adapters.http.schema_changes import resolved

Json = dict[str, Any]  # a tree of JSON
PROBLEM = "application/problem+json"
# What HTTP itself says, and what the contract's own first words promise of every answer.
ALWAYS = frozenset(
    {
        "cache-control",
        "connection",
        "content-length",
        "content-security-policy",
        "content-type",
        "cross-origin-resource-policy",
        "date",
        "permissions-policy",
        "referrer-policy",
        "server",
        "strict-transport-security",
        "transfer-encoding",
        "x-content-type-options",
        "x-frame-options",
    }
)
# What is no request, or has no place; a Host header that names no host; and a path or method that is not there.
_BEFORE_ROUTING = {
    (400, "request-malformed"),
    (404, "not-found"),
    (405, "method-not-allowed"),
    (429, "rate-limited"),
    (431, "head-too-large"),
    (503, "not-ready"),
    (503, "overloaded"),
}
_OF_EVERY_PROBLEM = frozenset(
    {
        "cache-control",
        "content-language",
        "content-security-policy",
        "cross-origin-resource-policy",
        "referrer-policy",
        "server-timing",
        "traceparent",
        "vary",
        "x-content-type-options",
        "x-frame-options",
    }
)
_ASYNCAPI = Path(__file__).parents[2] / "docs" / "contracts" / "asyncapi.json"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`template` is the path of the route that was found, such as `/api/people/{person_id}`, or None."""

    method: str
    template: str | None
    status: int
    headers: Mapping[str, str]
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.template or 'an unknown path'}: {self.status}"


class DocumentedAnswers:
    """What an OpenAPI document says of each operation's answers."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._paths: Json = {path.rstrip("/"): item for path, item in document["paths"].items()}
        self._validators: dict[str, Draft202012Validator] = {}

    def faults(self, answer: Answer) -> Iterator[str]:
        """Everything about it that the document does not say."""
        if answer.method == "OPTIONS" and answer.status == 204:
            yield from () if "allow" in answer.headers else [f"{answer}: without Allow"]
            return
        item = None if answer.template is None else self._paths.get(answer.template.rstrip("/"))
        if item is None:
            yield from self._outside(answer)
            return
        operation = item.get(answer.method.lower().replace("head", "get"))  # the contract says so once, for all paths
        if operation is None:
            yield f"{answer}: no such method is documented"
            return
        documented = operation["responses"].get(str(answer.status))
        if documented is None:
            yield f"{answer}: the status is not documented; {answer.body[:300]!r}"
            return
        documented = self._resolved(documented)
        yield from self._headers(answer, documented)
        yield from self._body(answer, documented)

    def _outside(self, answer: Answer) -> Iterator[str]:
        """A page, a file or a feed may be outside of the document; what cannot be found is a problem all the same."""
        if answer.template is None:
            code = _problem_code(answer)
            shown = _BEFORE_ROUTING if answer.method != "HEAD" else {(status, None) for status, _ in _BEFORE_ROUTING}
            if (answer.status, code) not in shown:
                yield f"{answer}: {code} is no answer to a path that is not there; {answer.body[:300]!r}"
            elif answer.status == 405 and "allow" not in answer.headers:
                yield f"{answer}: without Allow"
            elif missing := _OF_EVERY_PROBLEM - set(answer.headers):
                yield f"{answer}: without the headers {sorted(missing)}"
        elif answer.template.startswith("/api/") and answer.template.rstrip("/") not in _feeds():
            yield f"{answer}: the path is in no document"

    def _headers(self, answer: Answer, documented: Json) -> Iterator[str]:
        headers = {name.lower(): self._resolved(header) for name, header in documented.get("headers", {}).items()}
        unknown = set(answer.headers) - ALWAYS - set(headers)
        if unknown:
            yield f"{answer}: headers that are not documented: {sorted(unknown)}"
        for name, header in headers.items():
            value = answer.headers.get(name)
            if value is None:
                if header.get("required"):
                    yield f"{answer}: without the header {name}"
                continue
            schema = header["schema"]
            given: Any = int(value) if schema.get("type") == "integer" and value.isdigit() else value
            if not Draft202012Validator(schema).is_valid(given):
                yield f"{answer}: {name}: {value!r} does not fit {schema}"

    def _body(self, answer: Answer, documented: Json) -> Iterator[str]:
        if answer.method == "HEAD":
            return
        media_type = answer.headers.get("content-type", "").split(";")[0]
        content = documented.get("content", {})
        if not content:
            if answer.body:
                yield f"{answer}: a body that is not documented"
            return
        if media_type not in content:
            yield f"{answer}: {media_type!r} is not documented"
            return
        if not media_type.endswith("json"):
            return
        for error in self._validator(content[media_type]["schema"]).iter_errors(msgspec.json.decode(answer.body)):
            yield f"{answer}: at {error.json_path}: {error.message[:300]}"
        code = _problem_code(answer)
        if media_type == PROBLEM and code not in content[media_type]["examples"]:
            yield f"{answer}: the problem {code} is not documented"

    def _validator(self, schema: Json) -> Draft202012Validator:
        key = msgspec.json.encode(schema).decode()
        if key not in self._validators:
            self._validators[key] = Draft202012Validator({**schema, "components": self._document["components"]})
        return self._validators[key]

    def _resolved(self, part: Json) -> Json:
        return resolved(self._document, part)[1]


@cache
def contract() -> DocumentedAnswers:
    return DocumentedAnswers(msgspec.json.decode(openapi_document()))


@cache
def _feeds() -> frozenset[str]:
    """The paths that asyncapi.json describes."""
    if not _ASYNCAPI.exists():
        return frozenset()
    channels: Json = msgspec.json.decode(_ASYNCAPI.read_bytes())["channels"]
    return frozenset(channel["address"].rstrip("/") for channel in channels.values())


def _problem_code(answer: Answer) -> str | None:
    """None where there is no problem document, or where the answer of a HEAD does not show it."""
    if answer.headers.get("content-type") != PROBLEM or answer.method == "HEAD":
        return None
    code: str = msgspec.json.decode(answer.body)["code"]
    return code
