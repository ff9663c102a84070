"""A sign-in that was refused, answered at its own form: what was wrong, what to do, and the name that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from litestar import Request, Response

from adapters.http.problem_document import ProblemFacts
from adapters.http.problems import CATALOGUE, ProblemCode
from adapters.http.request_record import record_of
from adapters.web.rendering import page, spoken

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
FormName = Literal["code", "password", "set_password"]
SIGN_IN_FORMS: Mapping[str, FormName] = {"code": "code", "password": "password"}
"""By what the hidden field `by` says."""

_WRONG: Mapping[FormName, str] = {
    "code": "This code is not right, was used already, or has run out. Staff can give you a new one.",
    "password": "The name or the password is not right.",
    "set_password": "This code is not right, was used already, or has run out. An administrator can make a new one.",
}
_TOO_WEAK = "This password will not do: {reason}."
_TOO_OFTEN = "That was tried too often. Please try again in {wait}."
_STATUS: Mapping[ProblemCode, int] = {"sign-in-refused": 401}
"""Over the API it is 422: a 401 asks a program for a token that it would not have."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """What a form shows of it. `fields`: the names of those that it is about, none where it is about how often."""

    form: FormName
    words: str
    fields: frozenset[str] = frozenset()


def refused_as(form: FormName, facts: ProblemFacts) -> Refused | None:
    """None where it is nothing that could be put right in the form."""
    match facts.code:
        case "request-malformed" if form == "set_password":
            return None
        case "sign-in-refused" | "request-malformed":
            fields = {"name", "password"} if form == "password" else {"code"}
            return Refused(form=form, words=_WRONG[form], fields=frozenset(fields))
        case "password-too-weak":
            words = _TOO_WEAK.format(reason=facts.detail or "it is too easily guessed")
            return Refused(form=form, words=words, fields=frozenset({"password"}))
        case "too-many-attempts":
            return Refused(form=form, words=_TOO_OFTEN.format(wait=spoken(facts.retry_after_s or 0.0)))
        case _:
            return None


def refused_page(
    request: AnyRequest,
    template: str,
    facts: ProblemFacts,
    refused: Refused,
    **shown: Any,  # whatever else the template names, as `page`
) -> Response[str]:
    record_of(request.scope).problem = facts.code
    status = _STATUS.get(facts.code, CATALOGUE[facts.code].status)
    return page(template, status_code=status, headers=facts.headers, refused=refused, **shown)
