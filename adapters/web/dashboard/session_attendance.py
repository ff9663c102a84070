"""What staff say of somebody's attendance, by plain forms: a correction with its reason, or that they are here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.http.auth import caller_of
from adapters.http.fields import UserId
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from adapters.http.session_answers import route_problem, session_problem
from adapters.http.session_schemas import Reason
from adapters.web.dashboard.notices import Notice, refused
from adapters.web.dashboard.session import TypedForm, shown_session
from adapters.web.forms import read_form, typed_fields
from adapters.web.rendering import see_other
from application.other_route import CheckedIn, StaffCommand
from application.sessions import SessionChanged
from domain.attendance import CorrectedStatus

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_STAFF = allowed_to("staff", "admin")
_NO_REASON = "Say why: the reason is kept with the correction, in at most 500 characters."


class CorrectionForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`withdraw` needs no `reason`."""

    person: UUID
    status: CorrectedStatus | Literal["withdraw"]
    reason: Reason = ""


class PersonForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    user_id: UserId


@post("/sessions/{session_id:uuid}/corrections/", opt=_STAFF, include_in_schema=False)
async def correct(
    session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]
) -> Response[Any]:
    author = caller_of(request).subject
    fields = dict(await typed_fields(request))
    try:
        form = await read_form(request, CorrectionForm)
        if form.status == "withdraw":
            outcome = await services.sessions.withdraw_correction(session_id, form.person, author=author)
            if isinstance(outcome, SessionChanged):
                return see_other(f"/sessions/{session_id}/?said=withdrawn&person={form.person}")
            raise HttpProblem(session_problem(outcome))
        if not form.reason.strip():
            raise HttpProblem(ProblemFacts(code="request-malformed"))
        corrected = await services.sessions.correct(
            session_id, form.person, form.status, reason=form.reason, author=author
        )
        if isinstance(corrected, SessionChanged):
            return see_other(f"/sessions/{session_id}/?said=corrected&person={form.person}")
        raise HttpProblem(session_problem(corrected))
    except HttpProblem as problem:
        notice = refused(problem.facts)
        if problem.facts.code == "request-malformed":
            notice = Notice(kind="bad", words=_NO_REASON, status_code=422)
        typed = TypedForm(name="correction", fields=fields, wrong=notice.words)
        return await shown_session(session_id, request, services, notice=notice, form=typed)


@post("/sessions/{session_id:uuid}/check-ins/", opt=_STAFF, include_in_schema=False)
async def vouch(session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]) -> Response[Any]:
    """A member of staff says who it is."""
    fields = dict(await typed_fields(request))
    try:
        form = await read_form(request, PersonForm)
        command = StaffCommand(
            session_id=session_id,
            request_id=uuid4().hex,
            user_id=form.user_id,
            author=caller_of(request).subject,
        )
        outcome = await services.sessions.other_route.by_staff(command)
        if isinstance(outcome, CheckedIn):
            person = None if outcome.check_in.person is None else outcome.check_in.person.reveal()
            return see_other(f"/sessions/{session_id}/?said=checked-in" + (f"&person={person}" if person else ""))
        raise HttpProblem(route_problem(outcome, datetime.now(UTC)))
    except HttpProblem as problem:
        notice = somebody_refused(problem.facts, fields)
        typed = TypedForm(name="check-in", fields=fields, wrong=notice.words)
        return await shown_session(session_id, request, services, notice=notice, form=typed)


def somebody_refused(facts: ProblemFacts, fields: dict[str, str]) -> Notice:
    """Why nobody could be meant by what was typed, or whatever else was refused."""
    user_id = fields.get("user_id", "")
    if facts.code == "candidate-unknown":
        words = f"Nobody is registered under the user id “{user_id}”. Choose somebody from the list."
        return Notice(kind="bad", words=words, status_code=404)
    if facts.code == "request-malformed":
        words = "Type a user id, or a name, and choose somebody from the list."
        return Notice(kind="bad", words=words, status_code=422)
    return refused(facts)
