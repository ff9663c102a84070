"""Sessions: what is planned, week by week, and a form that plans one more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.auditing import changes_one
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from adapters.http.session_answers import session_problem
from adapters.http.session_schemas import PlanRequest, Words
from adapters.http.sessions import plan_of
from adapters.web.dashboard.door import doors
from adapters.web.dashboard.notices import Notice, refused
from adapters.web.dashboard.session_words import shown_state
from adapters.web.dashboard.today import STATUSES, Held, with_sheets
from adapters.web.forms import read_form, typed_fields
from adapters.web.rendering import page, see_other
from application.sessions import SessionChanged
from domain.session import PlanImpossible

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_A_WEEK = timedelta(days=7)
_FIRST_YEAR, _LAST_YEAR = 1971, 8999


_WORDS = "1 to 200 characters that can be seen, without a space at either end."
_ASKED_FOR: Mapping[str, str] = {
    "title": _WORDS,
    "room": _WORDS,
    "series": _WORDS,
    "date": "Choose a day.",
    "starts": "A time of the day, such as 09:00.",
    "ends": "A time of the day, such as 09:45.",
    "late_after_min": "A whole number of minutes, at most 600.",
    "stations": "Choose at least one station of the room, or nobody could check in.",
}
# Where the form asks for what a plan holds.
_FIELDS: Mapping[str, str] = {
    "stations": "stations",
    "opens_at": "starts",
    "late_after": "late_after_min",
    "ends_at": "ends",
}
ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$")]


class PlanForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times are read in the server's zone; `late_after_min` counts from the start."""

    title: Words
    room: Words
    date: date
    starts: ClockTime
    ends: ClockTime
    stations: list[UUID] = []
    late_after_min: Annotated[int, msgspec.Meta(ge=0, le=600)] = 10
    series: Words | None = None


@get("/sessions/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def sessions_page(
    request: AnyRequest,
    services: NamedDependency[Services],
    week: Annotated[str, QueryParameter(max_length=10, description="a day of it; else this week")] = "",
) -> Response[str]:
    return await _sessions_page(request, services, _day(week, services.zone))


@post("/sessions/", opt={**allowed_to("staff", "admin"), **changes_one()}, include_in_schema=False)
async def plan_session(request: AnyRequest, services: NamedDependency[Services]) -> Response[Any]:
    """Planned, the browser goes on to the new session; refused, the form comes back with what was typed."""
    typed = await typed_fields(request)
    wrong: dict[str, str] = {}
    try:
        form = await read_form(request, PlanForm)
        id = uuid4()
        outcome = await services.sessions.schedule(id, plan_of(_plan_request(form, services.zone)))
        if isinstance(outcome, SessionChanged):
            return see_other(f"/sessions/{id}/?said=planned")
        notice = refused(session_problem(outcome))
        if isinstance(outcome, PlanImpossible):
            wrong = {_FIELDS[outcome.field]: f"{outcome.reason[0].upper()}{outcome.reason[1:]}."}
    except HttpProblem as problem:
        notice = refused(problem.facts)
        wrong = _malformed(problem.facts)
    day = _day(dict(typed).get("date", ""), services.zone)
    return await _sessions_page(request, services, day, typed, notice, wrong)


async def _sessions_page(
    request: AnyRequest,
    services: Services,
    day: date,
    typed: Sequence[tuple[str, str]] = (),
    notice: Notice | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Response[str]:
    """`wrong`: what is to be said beside each field of the form."""
    zone, now = ZoneInfo(services.zone), datetime.now(UTC)
    monday = day - timedelta(days=day.weekday())
    start = datetime.combine(monday, time(), zone)
    found = await services.sessions.sessions.between(start, datetime.combine(monday + _A_WEEK, time(), zone))
    by_day: dict[date, list[Held]] = {}
    for one in await with_sheets(found, services):
        by_day.setdefault(one.summary.plan.times.starts_at.astimezone(zone).date(), []).append(one)
    return page(
        "sessions.html",
        caller=caller_of(request),
        section="Sessions",
        status_code=200 if notice is None else notice.status_code,
        notice=notice,
        wrong=wrong or {},
        typed={"date": day.isoformat(), **dict(typed)},
        typed_stations=[value for name, value in typed if name == "stations"],
        zone=services.zone,
        by_day=by_day,
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=monday - _A_WEEK,
        after=monday + _A_WEEK,
        statuses=STATUSES,
        state_of=lambda one: shown_state(one.state, one.plan.times.starts_at, one.plan.times.ends_at, now),
        doors=await doors(services, now),
    )


def _malformed(facts: ProblemFacts) -> dict[str, str]:
    """The field that cannot be read, with what is asked for there."""
    named = [(error.pointer or "").split("/") for error in facts.errors or ()]
    return {parts[1]: _ASKED_FOR[parts[1]] for parts in named if len(parts) > 1 and parts[1] in _ASKED_FOR}


def _plan_request(form: PlanForm, zone: str) -> PlanRequest:
    """A session that ends at or before the hour it starts ends on the next day."""
    starts_at = datetime.combine(form.date, time.fromisoformat(form.starts), ZoneInfo(zone))
    ends_at = datetime.combine(form.date, time.fromisoformat(form.ends), ZoneInfo(zone))
    if ends_at <= starts_at:
        ends_at += timedelta(days=1)
    return PlanRequest(
        title=form.title,
        room=form.room,
        stations=form.stations,
        starts_at=starts_at,
        ends_at=ends_at,
        late_after=starts_at + timedelta(minutes=form.late_after_min),
        zone=zone,
        series=form.series,
    )


def _day(text: str, zone: str) -> date:
    """Today where the text is none, or lies where no session can be."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else datetime.now(ZoneInfo(zone)).date()
