"""One session as a page: who is expected and who came, with the forms by which staff change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.reports import file_answer
from adapters.http.services import Services
from adapters.http.session_answers import sheet_answer
from adapters.http.session_schemas import AttendanceRow, SheetAnswer
from adapters.reports.files import FileKind
from adapters.web.dashboard.door import doors
from adapters.web.dashboard.notices import Notice
from adapters.web.dashboard.session_words import done_notice, shown_state
from adapters.web.dashboard.sheet_table import sheet_table
from adapters.web.dashboard.today import STATUSES
from adapters.web.rendering import page
from application.ports import PersonSummary
from application.sessions import load_session

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_FILES = (("Printable (PDF)", "pdf"), ("Spreadsheet (XLSX)", "xlsx"), ("CSV", "csv"))
_LAST = "\uffff"


class TypedForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form of the page that was refused: what was typed into it, and what is wrong with that."""

    name: Literal["correction", "check-in", "add", "roster"]
    fields: Mapping[str, str]
    wrong: str


@get("/sessions/{session_id:uuid}/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def session_page(
    session_id: FromPath[UUID],
    request: AnyRequest,
    services: NamedDependency[Services],
    said: Annotated[str, QueryParameter(max_length=20)] = "",
    person: Annotated[UUID | None, QueryParameter(description="whom `said` is about")] = None,
) -> Response[str]:
    return await shown_session(session_id, request, services, said=said, person=person)


@get(
    "/sessions/{session_id:uuid}/sheet/{kind:str}/",
    opt={**allowed_to("staff", "admin"), **AT_LENGTH},
    include_in_schema=False,
)
async def sheet_file(
    session_id: FromPath[UUID], kind: FromPath[FileKind], services: NamedDependency[Services]
) -> Response[Any]:
    """To print, or for a spreadsheet."""
    answer, _ = await _sheet(session_id, services)
    return await file_answer(services, sheet_table(answer.session, _by_name(answer.attendance), kind), kind)


async def shown_session(
    session_id: UUID,
    request: AnyRequest,
    services: Services,
    *,
    notice: Notice | None = None,
    form: TypedForm | None = None,
    said: str = "",
    person: UUID | None = None,
) -> Response[str]:
    """`notice`: why something was refused, the `form` where it was one that is shown again as it was typed."""
    answer, people = await _sheet(session_id, services)
    now = datetime.now(UTC)
    session, rows = answer.session, _by_name(answer.attendance)
    known = {door.id: door.name for door in await doors(services, now)}
    if notice is None:
        notice = done_notice(said, person, {one.id: one.name for one in people}, rows)
    local = session.starts_at.astimezone(ZoneInfo(services.zone)).date()
    return page(
        "session.html",
        caller=caller_of(request),
        section="Sessions",
        status_code=200 if notice is None else notice.status_code,
        notice=notice,
        form=form,
        session=session,
        shown=shown_state(session.state, session.starts_at, session.ends_at, now),
        monday=local - timedelta(days=local.weekday()),
        opens=session.state == "scheduled" and now < session.opens_at,
        ended=now >= session.ends_at,
        reported=answer.reported,
        rows=rows,
        statuses=STATUSES,
        station_names=[known.get(station, "a station that is gone") for station in session.stations],
        people=people,
        zone=session.zone,
        files=[(words, f"/sessions/{session_id}/sheet/{kind}/") for words, kind in _FILES],
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
