"""Importing a timetable from CSV or iCalendar: first what would happen, with every wrong line; then it happens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auditing import tells_itself
from adapters.http.auth import caller_of
from adapters.http.imports import read_in_turn
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem
from adapters.http.services import Services
from adapters.imports.csv_table import FileUnreadable
from adapters.imports.recurrence import Between
from adapters.imports.timetable import Defaults
from adapters.imports.timetable_csv import parse_timetable_csv
from adapters.imports.timetable_icalendar import parse_timetable_icalendar
from adapters.imports.wall_clock import moment_at
from adapters.web.file_forms import read_file_form, text_sent
from adapters.web.rendering import page
from application.importing import ImportReport, Parsed, TimetableRow

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_STAFF = allowed_to("staff", "admin")
_BODY_BYTES = 10_000_000
_PARTS = 6
_UNLESS_ASKED = timedelta(days=180)
_FIRST_YEAR, _LAST_YEAR = 1971, 2199


class _Refused(Exception):
    """What was sent cannot be read, for a reason in words. `field`: what it is about."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field
        self.words = words


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form: the timetable, and the days whose meetings are wanted."""

    text: str
    first: str
    last: str


@get(["/sessions/import/", "/sessions/import/check/"], opt=_STAFF, include_in_schema=False)
async def import_page(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    today = datetime.now(ZoneInfo(services.zone)).date()
    sent = Sent(text="", first=today.isoformat(), last=(today + _UNLESS_ASKED).isoformat())
    return _page(request, services, sent)


@post(
    "/sessions/import/check/",
    opt={**_STAFF, **tells_itself(), **AT_LENGTH},
    status_code=200,
    request_max_body_size=_BODY_BYTES,
    include_in_schema=False,
)
async def check_timetable(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    """Changes nothing, and its page holds the text for the import."""
    sent, read = await _read(request, services)
    if isinstance(read, _Refused):
        return _page(request, services, sent, wrong={read.field: read.words})
    return _page(request, services, sent, report=await services.sessions.import_timetable.preview(read))


@post(
    "/sessions/import/",
    opt={**_STAFF, **AT_LENGTH},
    status_code=200,
    request_max_body_size=_BODY_BYTES,
    include_in_schema=False,
)
async def import_timetable(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    sent, read = await _read(request, services)
    if isinstance(read, _Refused):
        return _page(request, services, sent, wrong={read.field: read.words})
    report = await services.sessions.import_timetable(read)
    return _page(request, services, msgspec.structs.replace(sent, text=""), report=report, imported=True)


async def _read(request: AnyRequest, services: Services) -> tuple[Sent, Parsed[TimetableRow] | _Refused]:
    form = await read_file_form(request, most_parts=_PARTS)
    sent = Sent(text=form.fields.get("text", ""), first=form.fields.get("first", ""), last=form.fields.get("last", ""))
    try:
        sent = msgspec.structs.replace(sent, text=text_sent(form))
        if not sent.text.strip():
            raise _Refused("text", "Paste lines, or choose a file.")
        defaults = await _defaults(services, _between(sent, services.zone))
        calendar = sent.text.lstrip("\ufeff \r\n").upper().startswith("BEGIN:VCALENDAR")
        parse = parse_timetable_icalendar if calendar else parse_timetable_csv
        return sent, await read_in_turn(lambda: parse(sent.text, defaults))
    except FileUnreadable as error:
        return sent, _Refused("text", f"This cannot be read as a timetable: {error}.")
    except HttpProblem as problem:
        return sent, _Refused("text", f"This cannot be read as a timetable: {problem.facts.detail}.")
    except _Refused as refused:
        return sent, refused


def _between(sent: Sent, zone: str) -> Between:
    """From the start of the first day to the end of the last one. Raises _Refused."""
    first, last = _day("first", sent.first), _day("last", sent.last)
    if last < first:
        raise _Refused("last", "It is before the first day.")
    days = (datetime(day.year, day.month, day.day) for day in (first, last + timedelta(days=1)))
    return Between(*(moment_at(day, ZoneInfo(zone)) for day in days))


def _day(field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise _Refused(field, "Choose a day.")
    return day


async def _defaults(services: Services, between: Between) -> Defaults:
    """A room has the stations that were paired for it."""
    rooms: dict[str, tuple[UUID, ...]] = {}
    for one in await services.stations.stations.paired():
        if one.revoked_at is None:
            rooms[one.room] = (*rooms.get(one.room, ()), one.id)
    named = {**await services.tokens.stations(), **await services.stations.stations.named()}
    return Defaults(between=between, zone=services.zone, stations=rooms, named=named)


def _page(
    request: AnyRequest,
    services: Services,
    sent: Sent,
    *,
    report: ImportReport | None = None,
    imported: bool = False,
    wrong: Mapping[str, str] | None = None,
) -> Response[str]:
    return page(
        "sessions_import.html",
        caller=caller_of(request),
        section="Sessions",
        status_code=422 if wrong else 200,
        zone=services.zone,
        sent=sent,
        report=report,
        imported=imported,
        wrong=wrong or {},
    )
