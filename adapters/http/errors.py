"""From anything that was raised to a problem document: what nobody planned is a 500 that tells the caller nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import psycopg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap, Scope

from adapters.accounts.passwords import PasswordsBusy
from adapters.http.accept_language import preferred_language
from adapters.http.problem_document import (
    MEDIA_TYPE,
    FieldError,
    HttpProblem,
    Problem,
    ProblemFacts,
    problem_document,
    problem_headers,
)
from adapters.http.problems import ServerCode
from adapters.http.request_record import record_of
from adapters.logs import failure
from application.ports import Conflict, Overloaded, PersonErased, RecogniserStopped

AnyRequest = Request[Any, Any, Any]  # an exception handler serves every kind of request
_BY_STATUS: dict[int, ServerCode] = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
}
_RETRY_AFTER_S = 1.0
_log = structlog.get_logger("http")


def problem_response(
    request: AnyRequest, facts: ProblemFacts, headers: dict[str, str] | None = None
) -> Response[Problem]:
    document, told = described(request.scope, facts, request.headers.get("accept-language"))
    return Response(document, status_code=document.status, media_type=MEDIA_TYPE, headers=told | (headers or {}))


def described(scope: Scope, facts: ProblemFacts, accept_language: str | None) -> tuple[Problem, dict[str, str]]:
    """The problem as this request is answered it, and its headers; the request's record holds it from now on."""
    record = record_of(scope)
    record.problem = facts.code
    language = preferred_language(accept_language)
    document = problem_document(facts, language=language, instance=quote(record.path)[:500], trace_id=record.trace_id)
    return document, problem_headers(facts, language)


def _on_problem(request: AnyRequest, error: HttpProblem) -> Response[Problem]:
    return problem_response(request, error.facts)


def _on_http_exception(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    """Litestar's own refusals: routing, body limits, path and query parameters."""
    if error.status_code >= 500:
        return _on_anything(request, error)
    code = _BY_STATUS.get(error.status_code, "request-malformed")
    if code == "body-too-large":
        return problem_response(request, _too_large(request))
    if code == "method-not-allowed":
        allowed = (error.headers or {}).get("allow", "").replace("websocket", "OPTIONS")  # which is no method
        return problem_response(request, ProblemFacts(code=code), {"Allow": allowed})
    if code == "request-malformed":
        errors = [_parameter_error(item) for item in error.extra] if isinstance(error.extra, list) else None
        return problem_response(request, ProblemFacts(code=code, errors=errors))
    return problem_response(request, ProblemFacts(code=code))


def _on_overload(request: AnyRequest, error: Overloaded) -> Response[Problem]:
    return problem_response(request, ProblemFacts(code="overloaded", retry_after_s=error.retry_after_s))


def _on_passwords_busy(request: AnyRequest, error: PasswordsBusy) -> Response[Problem]:
    return problem_response(request, ProblemFacts(code="rate-limited", retry_after_s=error.retry_after_s))


def _on_conflict(request: AnyRequest, _: Conflict) -> Response[Problem]:
    return problem_response(request, ProblemFacts(code="contention", retry_after_s=_RETRY_AFTER_S))


def _on_erased(request: AnyRequest, _: PersonErased) -> Response[Problem]:
    return problem_response(request, ProblemFacts(code="person-not-found"))


def _on_recogniser_stopped(request: AnyRequest, _: RecogniserStopped) -> Response[Problem]:
    facts = ProblemFacts(code="not-ready", detail="the models are not warm", retry_after_s=_RETRY_AFTER_S)
    return problem_response(request, facts)


def _on_part_missing(request: AnyRequest, error: Exception) -> Response[Problem]:
    _log_error("part_missing", error)
    facts = ProblemFacts(code="not-ready", detail="the database did not answer in time", retry_after_s=_RETRY_AFTER_S)
    return problem_response(request, facts)


def _on_anything(request: AnyRequest, error: Exception) -> Response[Problem]:
    if not record_of(request.scope).disconnected:
        _log_error("failed", error)
    return problem_response(request, ProblemFacts(code="internal"))


def _log_error(event: str, error: BaseException) -> None:
    """Where it happened and of which kind; never the message, which may quote what somebody sent."""
    _log.error(event, **failure(error))


def _too_large(request: AnyRequest) -> ProblemFacts:
    announced = request.headers.get("content-length", "")
    limit = request.route_handler.resolve_request_max_body_size()
    return ProblemFacts(
        code="body-too-large",
        value=float(announced) if announced.isascii() and announced.isdigit() else None,
        limit=float(limit) if isinstance(limit, int) else None,
        unit="bytes",
    )


def _parameter_error(item: Any) -> FieldError:  # Litestar's `extra` is untyped
    name = str(item.get("key", ""))[:100]
    message = str(item.get("message", ""))[:300]
    if name == "data":
        return FieldError(message="a JSON body is required", pointer="")
    return FieldError(message=message, parameter=name)


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    HttpProblem: _on_problem,
    HTTPException: _on_http_exception,
    Overloaded: _on_overload,
    PasswordsBusy: _on_passwords_busy,
    Conflict: _on_conflict,
    PersonErased: _on_erased,
    RecogniserStopped: _on_recogniser_stopped,
    TimeoutError: _on_part_missing,
    psycopg.OperationalError: _on_part_missing,
    psycopg.InterfaceError: _on_part_missing,
    Exception: _on_anything,
}
