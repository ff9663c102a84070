"""A problem as a page: what happened, what to do, and the way to the sign-in where nobody was signed in."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response
from litestar.types import ExceptionHandlersMap

from adapters.http import sentences
from adapters.http.auth import caller_in
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.problems import CATALOGUE
from adapters.http.request_record import record_of
from adapters.web.navigation import sections_for
from adapters.web.rendering import page, see_other, spoken

AnyRequest = Request[Any, Any, Any]  # an exception handler serves every kind of request
SIGN_IN = "/sign-in/"
_SENDS_TO_STAFF = (sentences.ASK_STAFF, sentences.STATION_FAULT)


def _on_problem(request: AnyRequest, error: HttpProblem) -> Response[Any]:
    if error.facts.code == "unauthenticated" and request.method == "GET":
        record = record_of(request.scope)
        record.problem = error.facts.code
        query = request.scope["query_string"].decode("latin-1")
        wanted = f"{record.path}?{query}" if query else record.path
        return see_other(f"{SIGN_IN}?{urlencode({'next': wanted})}")
    return problem_page(request, error.facts)


def problem_page(request: AnyRequest, facts: ProblemFacts) -> Response[str]:
    record = record_of(request.scope)
    record.problem = facts.code
    kind = CATALOGUE[facts.code]
    caller = caller_in(request.scope)
    # Staff are not told to ask staff.
    of_staff = caller is not None and bool(sections_for(caller.role))
    said = None if of_staff and kind.sentence in _SENDS_TO_STAFF else kind.sentence.en  # as all of the page is
    if kind.sentence == sentences.WAIT:  # which a page does not
        said = None if facts.retry_after_s is None else f"Please try again in {spoken(facts.retry_after_s)}."
    return page(
        "problem.html",
        caller=caller,
        status_code=kind.status,
        headers=facts.headers,
        kind=kind,
        facts=facts,
        sentence=said,
        trace_id=record.trace_id,
        path=quote(record.path),
    )


def _on_anything_else(request: AnyRequest, error: Exception) -> Response[Any]:
    """As the contract names it, shown as a page."""
    for kind in type(error).__mro__:
        handler = EXCEPTION_HANDLERS.get(kind)
        if handler is not None:
            answer = handler(request, error)
            document = answer.content
            facts = ProblemFacts(code=document.code, detail=document.detail, errors=document.errors)
            shown = problem_page(request, facts)
            shown.headers.update({name: value for name, value in answer.headers.items() if name == "Retry-After"})
            return shown
    raise error


PAGE_EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    **dict.fromkeys(EXCEPTION_HANDLERS, _on_anything_else),  # each, or the contract's own would be the nearer one
    HttpProblem: _on_problem,
}
