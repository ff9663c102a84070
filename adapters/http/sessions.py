"""The session endpoints: scheduling, rosters, attendance, corrections, and staff who vouch for somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auth import caller_of
from adapters.http.fields import in_utc
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts
from adapters.http.problems import ProblemCode
from adapters.http.query_moments import DATE_TIME, moved, query_moment, window
from adapters.http.services import Services
from adapters.http.session_answers import (
    SessionRefused,
    checked_in_answer,
    route_problem,
    session_answer,
    session_problem,
    sheet_answer,
    summary_of,
)
from adapters.http.session_schemas import (
    CheckedInAnswer,
    CorrectionRequest,
    PlanRequest,
    RosterRequest,
    SessionAnswer,
    SessionList,
    SheetAnswer,
    StaffCheckInRequest,
)
from adapters.imports.wall_clock import ZoneUnknown, zone_named
from application.other_route import CheckedIn, StaffCommand
from application.sessions import SessionChanged, load_session
from domain.session_events import Plan, Times

_CHANGE: tuple[ProblemCode, ...] = ("session-not-found", "session-over", "contention")
_ROSTER_BODY_BYTES = 1_000_000
_OPENS_BEFORE = timedelta(minutes=15)
_LATE_AFTER = timedelta(minutes=10)
_LONGEST_LIST = timedelta(days=93)


class SessionController(Controller):
    path = "/api/sessions"
    tags = ("sessions",)

    @put(
        "/{session_id:uuid}",
        operation_id="scheduleSession",
        summary="Schedule a session under an id of your own, or change its plan",
        opt=allowed_to("staff", "admin", problems=("session-impossible", "session-over", "contention")),
    )
    async def schedule(
        self, session_id: FromPath[UUID], data: JSONBody[PlanRequest], services: NamedDependency[Services]
    ) -> SessionAnswer:
        return await _answer(await services.sessions.schedule(session_id, plan_of(data)), services)

    @get(
        operation_id="listSessions",
        summary="Sessions by their start, with how many were there",
        opt=allowed_to("staff", "admin", problems=("window-impossible",)),
    )
    async def between(
        self,
        services: NamedDependency[Services],
        start: Annotated[str | None, QueryParameter(description="else a day ago", schema_extra=DATE_TIME)] = None,
        end: Annotated[
            str | None, QueryParameter(description="else a week from the start", schema_extra=DATE_TIME)
        ] = None,
    ) -> SessionList:
        first = query_moment("start", start) or datetime.now(UTC) - timedelta(days=1)
        last = query_moment("end", end) or moved(first, timedelta(days=7))
        window(("start", first), ("end", last), longest=_LONGEST_LIST)
        found = await services.sessions.sessions.between(first, last)
        sheets = await services.sessions.attendance.sheets([summary.id for summary in found])
        return SessionList(sessions=[session_answer(summary, sheets.get(summary.id)) for summary in found])

    @get(
        "/{session_id:uuid}",
        operation_id="getSession",
        summary="A session with its attendance, person by person",
        opt=allowed_to("staff", "admin", problems=("session-not-found",)),
    )
    async def one(self, session_id: FromPath[UUID], services: NamedDependency[Services]) -> SheetAnswer:
        session = await load_session(services.sessions.store, session_id)
        if session is None:
            raise HttpProblem(ProblemFacts(code="session-not-found"))
        sheet = await services.sessions.attendance.sheet(session_id)
        people = {person.id: person for person in await services.people.all()}
        return sheet_answer(session, sheet, people)

    @put(
        "/{session_id:uuid}/roster",
        operation_id="changeRoster",
        summary="Say who is expected",
        opt={**allowed_to("staff", "admin", problems=(*_CHANGE, "candidate-unknown")), **AT_LENGTH},
        request_max_body_size=_ROSTER_BODY_BYTES,
    )
    async def roster(
        self, session_id: FromPath[UUID], data: JSONBody[RosterRequest], services: NamedDependency[Services]
    ) -> SessionAnswer:
        known = {person.user_id: person.id for person in await services.people.all()}
        unknown = [number for number, user_id in enumerate(data.user_ids) if user_id not in known]
        if unknown:
            errors = [
                FieldError(message="nobody is registered under it", pointer=f"/user_ids/{one}") for one in unknown
            ]
            raise HttpProblem(ProblemFacts(code="candidate-unknown", errors=errors))
        people = [known[user_id] for user_id in data.user_ids]
        return await _answer(await services.sessions.change_roster(session_id, people), services)

    @post(
        "/{session_id:uuid}/open",
        status_code=200,
        operation_id="openSession",
        summary="Let check-ins count from now on",
        opt=allowed_to("staff", "admin", problems=(*_CHANGE, "session-impossible")),
    )
    async def open(self, session_id: FromPath[UUID], services: NamedDependency[Services]) -> SessionAnswer:
        return await _answer(await services.sessions.open(session_id), services)

    @post(
        "/{session_id:uuid}/close",
        status_code=200,
        operation_id="closeSession",
        summary="Settle the attendance now, where every station has reported; the server does so by itself soon",
        opt=allowed_to("staff", "admin", problems=("session-not-found", "stations-unreported", "contention")),
    )
    async def close(self, session_id: FromPath[UUID], services: NamedDependency[Services]) -> SessionAnswer:
        return await _answer(await services.sessions.settle.settle(session_id), services)

    @delete(
        "/{session_id:uuid}",
        operation_id="cancelSession",
        summary="Cancel a session: nobody misses it",
        opt=allowed_to("staff", "admin", problems=_CHANGE),
    )
    async def cancel(self, session_id: FromPath[UUID], services: NamedDependency[Services]) -> None:
        await _answer(await services.sessions.cancel(session_id), services)

    @post(
        "/{session_id:uuid}/corrections",
        status_code=200,
        operation_id="correctAttendance",
        summary="Correct somebody's attendance by hand, with a reason, or withdraw the correction",
        opt=allowed_to("staff", "admin", problems=(*_CHANGE, "not-on-roster")),
    )
    async def correct(
        self,
        session_id: FromPath[UUID],
        data: JSONBody[CorrectionRequest],
        request: JsonRequest,
        services: NamedDependency[Services],
    ) -> SessionAnswer:
        author = caller_of(request).subject
        if data.status is None:
            outcome = await services.sessions.withdraw_correction(session_id, data.person_id, author=author)
            return await _answer(outcome, services)
        corrected = await services.sessions.correct(
            session_id, data.person_id, data.status, reason=data.reason, author=author
        )
        return await _answer(corrected, services)

    @post(
        "/{session_id:uuid}/check-ins",
        status_code=200,
        operation_id="checkInByStaff",
        summary="Check somebody in who is known to a member of staff",
        opt=allowed_to(
            "staff", "admin", problems=("session-not-found", "candidate-unknown", "burst-id-reused", "contention")
        ),
    )
    async def check_in(
        self,
        session_id: FromPath[UUID],
        data: JSONBody[StaffCheckInRequest],
        request: JsonRequest,
        services: NamedDependency[Services],
    ) -> CheckedInAnswer:
        command = StaffCommand(
            session_id=session_id,
            request_id=data.request_id,
            user_id=data.user_id,
            author=caller_of(request).subject,
            captured_at=in_utc(data.captured_at),
        )
        outcome = await services.sessions.other_route.by_staff(command)
        if not isinstance(outcome, CheckedIn):
            raise HttpProblem(route_problem(outcome, datetime.now(UTC)))
        return checked_in_answer(outcome)


async def _answer(outcome: SessionChanged | SessionRefused, services: Services) -> SessionAnswer:
    if not isinstance(outcome, SessionChanged):
        raise HttpProblem(session_problem(outcome))
    sheet = await services.sessions.attendance.sheet(outcome.session.id)
    return session_answer(summary_of(outcome.session), sheet)


def plan_of(data: PlanRequest) -> Plan:
    """Raises HttpProblem where its times or its zone cannot be meant."""
    try:
        zone_named(data.zone)
    except ZoneUnknown as unknown:
        raise HttpProblem(_impossible("zone", str(unknown))) from None
    starts_at, ends_at = _moment(data.starts_at, "starts_at"), _moment(data.ends_at, "ends_at")
    opens_at = starts_at - _OPENS_BEFORE if data.opens_at is None else _moment(data.opens_at, "opens_at")
    late_after = starts_at + _LATE_AFTER if data.late_after is None else _moment(data.late_after, "late_after")
    times = Times(opens_at=opens_at, starts_at=starts_at, late_after=late_after, ends_at=ends_at, zone=data.zone)
    stations = tuple(dict.fromkeys(data.stations))
    return Plan(title=data.title, room=data.room, stations=stations, times=times, series=data.series)


def _moment(given: datetime, field: str) -> datetime:
    if not 1970 < given.year < 9000:
        raise HttpProblem(_impossible(field, "no session can be at that time"))
    return given.astimezone(UTC)


def _impossible(field: str, message: str) -> ProblemFacts:
    wrong = FieldError(message=message, pointer=f"/{field}")
    return ProblemFacts(code="session-impossible", detail=message, errors=[wrong])
