"""The answers of an operation as OpenAPI: its success, and its problems by status, each with headers and examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from adapters.http.problem_document import MEDIA_TYPE
from adapters.http.problems import CATALOGUE, ProblemCode, ProblemKind

Json = dict[str, Any]  # an OpenAPI document is a tree of JSON

_COUNT = {"type": "integer", "minimum": 0}
HEADERS: Json = {
    "ServerTiming": {
        "description": "milliseconds by stage, and in total",
        "required": True,
        "schema": {"type": "string"},
        "example": "decode;dur=0.98, detect;dur=7.66, embed;dur=7.24, total;dur=27.28",
    },
    "Traceparent": {
        "description": "W3C trace context: the caller's trace goes on",
        "required": True,
        "schema": {"type": "string"},
        "example": "00-3655e46df8c15f302bf0cddbb7110a27-91dcfe64f37a3412-01",
    },
    "RateLimitLimit": {"description": "how many requests this caller may send at once", "schema": _COUNT},
    "RateLimitRemaining": {"description": "how many of them are left now", "schema": _COUNT},
    "RateLimitReset": {"description": "seconds until all of them may be sent again", "schema": _COUNT},
    "SetCookie": {
        "description": "the cookie of the signed-in browser, or an empty one in its place",
        "required": True,
        "schema": {"type": "string"},
        "example": "__Host-facecheckin=fcs_…; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=43200",
    },
    "ContentDisposition": {
        "description": "the name of the file, where the answer is one",
        "schema": {"type": "string"},
        "example": 'attachment; filename="attendance-by-day-2026-09-01-2026-12-20.csv"',
    },
    "ContentLanguage": {
        "description": "of `sentence`",
        "required": True,
        "schema": {"type": "string", "enum": ["en", "de", "ar"]},
    },
    "Vary": {
        "description": "`sentence` is in the language that was asked for",
        "required": True,
        "schema": {"type": "string", "const": "Accept-Language"},
    },
    "RetryAfter": {
        "description": "seconds to wait before the same request is sent again",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "RetryAfterMaybe": {
        "description": "seconds, where waiting helps",
        "schema": {"type": "integer", "minimum": 1},
    },
    "WwwAuthenticate": {
        "description": "which kind of credential is asked for",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    },
    "Allow": {
        "description": "the methods of this path",
        "required": True,
        "schema": {"type": "string"},
        "example": "OPTIONS, POST",
    },
}
_EVERYWHERE = {
    "Server-Timing": "ServerTiming",
    "traceparent": "Traceparent",
    "RateLimit-Limit": "RateLimitLimit",
    "RateLimit-Remaining": "RateLimitRemaining",
    "RateLimit-Reset": "RateLimitReset",
}
_OF_PROBLEMS = {**_EVERYWHERE, "Content-Language": "ContentLanguage", "Vary": "Vary"}
_BY_STATUS = {
    401: {"WWW-Authenticate": "WwwAuthenticate"},
    405: {"Allow": "Allow"},
    429: {"Retry-After": "RetryAfter"},
    503: {"Retry-After": "RetryAfter"},
}


def success(
    summary: str,
    schema: Json | None,
    example: str | None,
    *,
    sets_cookie: bool = False,
    files: Sequence[str] = (),
) -> Json:
    """`example` is the name of one in the components. `files`: media types in which it can be had beside JSON."""
    headers = {**_EVERYWHERE, "Set-Cookie": "SetCookie"} if sets_cookie else _EVERYWHERE
    headers = {**headers, "Content-Disposition": "ContentDisposition"} if files else headers
    answer: Json = {"description": summary, "headers": _references(headers)}
    if schema is not None:
        answer["content"] = {"application/json": content(schema, example), **{kind: _file(kind) for kind in files}}
    return answer


def _file(media_type: str) -> Json:
    """Text is a string; of a file of bytes nothing more can be said (OpenAPI 3.1, section 4.8.14.2)."""
    return {"schema": {"type": "string"}} if media_type.startswith("text/") else {}


def text_success(summary: str) -> Json:
    """Of an operation whose answer is plain text."""
    return {
        "description": summary,
        "headers": _references(_EVERYWHERE),
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }


def content(schema: Json, example: str | None) -> Json:
    return {"schema": schema} if example is None else {"schema": schema, "examples": _examples([example])}


def problem_answers(codes: Sequence[ProblemCode], problem: Json) -> Json:
    by_status: dict[int, list[ProblemKind]] = {}
    for kind in (CATALOGUE[code] for code in codes):
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _problem_answer(status, kinds, problem) for status, kinds in sorted(by_status.items())}


def share_answers(operations: Sequence[Json]) -> Json:
    """Puts a reference in the place of each problem answer that several operations give; what they refer to."""
    answers = [(operation["responses"], status) for operation in operations for status in operation["responses"]]
    problems = [(of, status) for of, status in answers if MEDIA_TYPE in of[status].get("content", {})]
    times = Counter(msgspec.json.encode(of[status]) for of, status in problems)
    shared: Json = {}
    for of, status in problems:
        answer = of[status]
        if times[msgspec.json.encode(answer)] > 1:
            name = _name_beside(shared, status, answer)
            shared[name] = answer
            of[status] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(shared.items()))


def _name_beside(shared: Json, status: str, answer: Json) -> str:
    codes = list(answer["content"][MEDIA_TYPE]["examples"])
    name = f"{status}-{'-or-'.join(codes[:3])}" + ("" if len(codes) <= 3 else f"-or-{len(codes) - 3}-more")
    while shared.get(name, answer) != answer:
        name += "-b"
    return name


def _problem_answer(status: int, kinds: list[ProblemKind], problem: Json) -> Json:
    return {
        "description": "; ".join(f"`{kind.code}`: {kind.title}" for kind in kinds),
        "headers": _references({**_OF_PROBLEMS, **_BY_STATUS.get(status, _maybe(kinds))}),
        "content": {MEDIA_TYPE: {"schema": problem, "examples": _examples([kind.code for kind in kinds])}},
    }


def _maybe(kinds: list[ProblemKind]) -> dict[str, str]:
    waiting = any(kind.retry == "same_request" and kind.status < 500 for kind in kinds)
    return {"Retry-After": "RetryAfterMaybe"} if waiting else {}


def _examples(names: Sequence[str]) -> Json:
    return {name: {"$ref": f"#/components/examples/{name}"} for name in names}


def _references(headers: dict[str, str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in headers.items()}
