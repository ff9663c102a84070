"""One session: who is expected and who came, and what a member of staff can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from adapters.http.auth import caller_of
from adapters.http.fields import UserId
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.reports import file_answer
from adapters.http.services import Services
from adapters.http.session_answers import SessionRefused, route_problem, session_problem, sheet_answer
from adapters.http.session_schemas import AttendanceRow, Reason, SheetAnswer
from adapters.reports.files import FileKind
from adapters.web.dashboard.door import doors
from adapters.web.dashboard.notices import Notice, done, refused
from adapters.web.dashboard.sheet_table import sheet_table
from adapters.web.dashboard.today import STATUSES
from adapters.web.forms import read_form
from adapters.web.rendering import page, see_other
from application.other_route import CheckedIn, StaffCommand
from application.ports import PersonSummary
from application.sessions import SessionChanged, load_session
from domain.attendance import CorrectedStatus

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_STAFF = allowed_to("staff", "admin")
_DONE = {
    "planned": "The session is planned.",
    "corrected": "The correction holds from now on.",
    "withdrawn": "The check-ins speak again.",
    "checked-in": "They are checked in.",
    "roster": "The roster is changed.",
    "open": "Check-ins count from now on.",
    "close": "The attendance is settled.",
    "cancel": "The session is cancelled: nobody misses it.",
}
_LAST = "\uffff"


class CorrectionForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    person: UUID
    status: CorrectedStatus | Literal["withdraw"]
    reason: Reason = ""


class CheckInForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    user_id: UserId


class RosterForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """User ids, one on each line."""

    user_ids: Annotated[str, msgspec.Meta(max_length=60_000)] = ""


@get("/sessions/{session_id:uuid}/", opt=_STAFF, include_in_schema=False)
async def session_page(
    session_id: FromPath[UUID],
    request: AnyRequest,
    services: NamedDependency[Services],
    said: Annotated[str, QueryParameter(max_length=20)] = "",
) -> Response[str]:
    return await _session_page(session_id, request, services, done(said, _DONE))


@post("/sessions/{session_id:uuid}/corrections/", opt=_STAFF, include_in_schema=False)
async def correct(
    session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]
) -> Response[Any]:
    author = caller_of(request).subject
    try:
        form = await read_form(request, CorrectionForm)
        if form.status == "withdraw":
            outcome = await services.sessions.withdraw_correction(session_id, form.person, author=author)
            if isinstance(outcome, SessionChanged):
                return see_other(f"/sessions/{session_id}/?said=withdrawn")
            raise HttpProblem(session_problem(outcome))
        corrected = await services.sessions.correct(
            session_id, form.person, form.status, reason=form.reason, author=author
        )
        if isinstance(corrected, SessionChanged):
            return see_other(f"/sessions/{session_id}/?said=corrected")
        raise HttpProblem(session_problem(corrected))
    except HttpProblem as problem:
        return await _session_page(session_id, request, services, refused(problem.facts))


@post("/sessions/{session_id:uuid}/check-ins/", opt=_STAFF, include_in_schema=False)
async def vouch(session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]) -> Response[Any]:
    """A member of staff says who it is."""
    try:
        form = await read_form(request, CheckInForm)
        command = StaffCommand(
            session_id=session_id,
            request_id=uuid4().hex,
            user_id=form.user_id,
            author=caller_of(request).subject,
        )
        outcome = await services.sessions.other_route.by_staff(command)
        if isinstance(outcome, CheckedIn):
            return see_other(f"/sessions/{session_id}/?said=checked-in")
        raise HttpProblem(route_problem(outcome, datetime.now(UTC)))
    except HttpProblem as problem:
        return await _session_page(session_id, request, services, refused(problem.facts))


@post("/sessions/{session_id:uuid}/roster/", opt=_STAFF, include_in_schema=False, request_max_body_size=200_000)
async def change_roster(
    session_id: FromPath[UUID], request: AnyRequest, services: NamedDependency[Services]
) -> Response[Any]:
    try:
        form = await read_form(request, RosterForm)
        wanted = list(dict.fromkeys(line.strip() for line in form.user_ids.splitlines() if line.strip()))
        known = {person.user_id: person.id for person in await services.people.all()}
        unknown = [user_id for user_id in wanted if user_id not in known]
        if unknown:
            raise HttpProblem(ProblemFacts(code="candidate-unknown", detail=", ".join(unknown[:10])))
        outcome = await services.sessions.change_roster(session_id, [known[user_id] for user_id in wanted])
        if isinstance(outcome, SessionChanged):
            return see_other(f"/sessions/{session_id}/?said=roster")
        raise HttpProblem(session_problem(outcome))
    except HttpProblem as problem:
        return await _session_page(session_id, request, services, refused(problem.facts))


@post("/sessions/{session_id:uuid}/{change:str}/", opt=_STAFF, include_in_schema=False)
async def change_state(
    session_id: FromPath[UUID],
    change: FromPath[Literal["open", "close", "cancel"]],
    request: AnyRequest,
    services: NamedDependency[Services],
) -> Response[Any]:
    outcome: SessionChanged | SessionRefused
    match change:
        case "open":
            outcome = await services.sessions.open(session_id)
        case "close":
            outcome = await services.sessions.settle.settle(session_id)
        case "cancel":
            outcome = await services.sessions.cancel(session_id)
    if isinstance(outcome, SessionChanged):
        return see_other(f"/sessions/{session_id}/?said={change}")
    return await _session_page(session_id, request, services, refused(session_problem(outcome)))


@get("/sessions/{session_id:uuid}/sheet/{kind:str}/", opt=_STAFF, include_in_schema=False)
async def sheet_file(
    session_id: FromPath[UUID], kind: FromPath[FileKind], services: NamedDependency[Services]
) -> Response[Any]:
    """To print, or for a spreadsheet."""
    answer, _ = await _sheet(session_id, services)
    return await file_answer(services, sheet_table(answer.session, _by_name(answer.attendance)), kind)


async def _session_page(
    session_id: UUID, request: AnyRequest, services: Services, notice: Notice | None
) -> Response[str]:
    answer, people = await _sheet(session_id, services)
    known = {door.id: door.name for door in await doors(services, datetime.now(UTC))}
    return page(
        "session.html",
        caller=caller_of(request),
        section="Sessions",
        status_code=200 if notice is None else notice.status_code,
        notice=notice,
        session=answer.session,
        reported=answer.reported,
        rows=_by_name(answer.attendance),
        statuses=STATUSES,
        station_names=[known.get(station, "a station that is gone") for station in answer.session.stations],
        people=people,
        zone=answer.session.zone,
    )


async def _sheet(session_id: UUID, services: Services) -> tuple[SheetAnswer, Sequence[PersonSummary]]:
    """Raises HttpProblem where there is no such session."""
    session = await load_session(services.sessions.store, session_id)
    if session is None:
        raise HttpProblem(ProblemFacts(code="session-not-found"))
    people = await services.people.all()
    sheet = await services.sessions.attendance.sheet(session_id)
    return sheet_answer(session, sheet, {person.id: person for person in people}), people


def _by_name(rows: Sequence[AttendanceRow]) -> list[AttendanceRow]:
    return sorted(rows, key=lambda row: ((row.name or _LAST).casefold(), row.person_id))
