"""A person sees their own data alone: nobody else exists for them."""

from __future__ import annotations

from uuid import UUID

from adapters.http.auth import caller_of
from adapters.http.json_request import JsonRequest
from adapters.http.outcomes import person_problem
from adapters.http.problem_document import HttpProblem
from application.people import PersonNotFound


def only_oneself(request: JsonRequest, person: UUID) -> None:
    """Who is registered is not a person's to know: another is answered as somebody that there is not."""
    caller = caller_of(request)
    if caller.role == "person" and caller.subject != person:
        raise HttpProblem(person_problem(PersonNotFound()))
