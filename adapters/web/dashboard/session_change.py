"""What staff change of a session itself, by plain forms: who is expected, and whether it takes place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from adapters.http.session_answers import session_problem
from adapters.live.messages import StaffSnapshot
from adapters.web.dashboard.door import doors
from adapters.web.dashboard.notices import Notice, refused
from adapters.web.dashboard.session import TypedForm, shown_session
from adapters.web.dashboard.session_attendance import PersonForm, somebody_refused
from adapters.web.dashboard.session_words import unsettled_words
from adapters.web.forms import read_form, typed_fields
from adapters.web.rendering import see_other
from application.sessions import SessionChanged, SessionNotFound, load_session
from domain.session import AttendanceOpen, SessionOver

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_STAFF = allowed_to("staff", "admin")
_MOST_NAMED = 10


class RosterForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """User ids, one on each line."""

    user_ids: Annotated[str, msgspec.Meta(max_length=60_000)] = ""


class RemoveForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    person: UUID


@post(
    "/sessions/{session_id:uuid}/roster/",
    opt={**_STAFF, **AT_LENGTH},
    include_in_schema=False,
    request_max_body_size=200_000,
)
async def change_roster(
    session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]
) -> Response[Any]:
    fields = dict(await typed_fields(request))
    try:
        form = await read_form(request, RosterForm)
        wanted = list(dict.fromkeys(line.strip() for line in form.user_ids.splitlines() if line.strip()))
        known = {person.user_id: person.id for person in await services.people.all()}
        unknown = [user_id for user_id in wanted if user_id not in known]
        if unknown:
            return await _refused(session_id, request, services, "roster", fields, _unknown(unknown))
        _changed_or_raise(await services.sessions.change_roster(session_id, [known[user_id] for user_id in wanted]))
        return see_other(f"/sessions/{session_id}/?said=roster")
    except HttpProblem as problem:
        return await _refused(session_id, request, services, "roster", fields, refused(problem.facts))


@post("/sessions/{session_id:uuid}/roster/add/", opt=_STAFF, include_in_schema=False)
async def add_to_roster(
    session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]
) -> Response[Any]:
    fields = dict(await typed_fields(request))
    try:
        form = await read_form(request, PersonForm)
        found = [person.id for person in await services.people.all() if person.user_id == form.user_id]
        if not found:
            raise HttpProblem(ProblemFacts(code="candidate-unknown"))
        _changed_or_raise(await services.sessions.change_roster(session_id, found, how="add"))
        return see_other(f"/sessions/{session_id}/?said=added&person={found[0]}")
    except HttpProblem as problem:
        notice = somebody_refused(problem.facts, fields)
        return await _refused(session_id, request, services, "add", fields, notice)


@post("/sessions/{session_id:uuid}/roster/remove/", opt=_STAFF, include_in_schema=False)
async def remove_from_roster(
    session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]
) -> Response[Any]:
    try:
        form = await read_form(request, RemoveForm)
        _changed_or_raise(await services.sessions.change_roster(session_id, [form.person], how="remove"))
        return see_other(f"/sessions/{session_id}/?said=removed&person={form.person}")
    except HttpProblem as problem:
        return await shown_session(session_id, request, services, notice=refused(problem.facts))


@post("/sessions/{session_id:uuid}/open/", opt=_STAFF, include_in_schema=False)
async def open_session(
    session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]
) -> Response[Any]:
    outcome = await services.sessions.open(session_id)
    if isinstance(outcome, SessionChanged):
        return see_other(f"/sessions/{session_id}/?said=open")
    return await shown_session(session_id, request, services, notice=refused(session_problem(outcome)))


@post("/sessions/{session_id:uuid}/close/", opt=_STAFF, include_in_schema=False)
async def settle_session(
    session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]
) -> Response[Any]:
    outcome = await services.sessions.settle.settle(session_id)
    if isinstance(outcome, SessionChanged):
        return see_other(f"/sessions/{session_id}/?said=close")
    notice = refused(session_problem(outcome))
    if isinstance(outcome, AttendanceOpen):
        words = unsettled_words(await _unreported(session_id, services), outcome.waiting)
        notice = Notice(kind="bad", words=words, status_code=notice.status_code)
    return await shown_session(session_id, request, services, notice=notice)


@post("/sessions/{session_id:uuid}/cancel/", opt=_STAFF, include_in_schema=False)
async def cancel_session(
    session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]
) -> Response[Any]:
    outcome = await services.sessions.cancel(session_id)
    if isinstance(outcome, SessionChanged):
        return see_other(f"/sessions/{session_id}/?said=cancel")
    return await shown_session(session_id, request, services, notice=refused(session_problem(outcome)))


def _changed_or_raise(outcome: SessionChanged | SessionNotFound | SessionOver) -> None:
    """Raises HttpProblem."""
    if not isinstance(outcome, SessionChanged):
        raise HttpProblem(session_problem(outcome))


async def _refused(
    session_id: UUID,
    request: AnyRequest,
    services: Services,
    name: Literal["add", "roster"],
    fields: dict[str, str],
    notice: Notice,
) -> Response[str]:
    form = TypedForm(name=name, fields=fields, wrong=notice.words)
    return await shown_session(session_id, request, services, notice=notice, form=form)


def _unknown(user_ids: list[str]) -> Notice:
    more = len(user_ids) - _MOST_NAMED
    named = ", ".join(user_ids[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    words = f"Nothing was changed: nobody is registered under {named}."
    return Notice(kind="bad", words=words, status_code=404)


async def _unreported(session_id: UUID, services: Services) -> list[str]:
    """The names of the stations that have not said that they delivered everything up to the end."""
    session = await load_session(services.sessions.store, session_id)
    snapshot = (await services.live.snapshot(None)).message
    assert isinstance(snapshot, StaffSnapshot)
    assert session is not None, "it was found a moment ago"
    ends_at = session.plan.times.ends_at
    reported = {one.station_id for one in snapshot.stations if one.through >= ends_at}
    names = {door.id: door.name for door in await doors(services, datetime.now(UTC))}
    return [names.get(one, "a station that is gone") for one in session.plan.stations if one not in reported]
