"""The import endpoints: people, rosters and a timetable, each with every bad row named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.import_schemas import BadRowAnswer, ImportAnswer, ImportRequest, TimetableRequest
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from adapters.imports.csv_table import FileUnreadable
from adapters.imports.people_csv import parse_people, parse_rosters
from adapters.imports.recurrence import Between
from adapters.imports.timetable import Defaults
from adapters.imports.timetable_csv import parse_timetable_csv
from adapters.imports.timetable_icalendar import parse_timetable_icalendar
from application.importing import ImportReport

Parsed = TypeVar("Parsed")
_BODY_BYTES = 10_000_000
# One file at a time, beside the event loop: a timetable of a year may compute for seconds.
_READER = ThreadPoolExecutor(1, "imports")


class ImportController(Controller):
    path = "/api/imports"
    tags = ("imports",)

    @post(
        "/people",
        status_code=200,
        operation_id="importPeople",
        summary="Register people from CSV: user_id, name, consents",
        opt={**allowed_to("admin", problems=("file-unreadable",)), **AT_LENGTH},
        request_max_body_size=_BODY_BYTES,
    )
    async def people(self, data: JSONBody[ImportRequest], services: NamedDependency[Services]) -> ImportAnswer:
        parsed = await read_in_turn(lambda: parse_people(data.text))
        return _answer(await services.sessions.import_people(parsed))

    @post(
        "/rosters",
        status_code=200,
        operation_id="importRosters",
        summary="Expect people at the coming sessions of a series, from CSV: series, user_id",
        opt={**allowed_to("staff", "admin", problems=("file-unreadable", "contention")), **AT_LENGTH},
        request_max_body_size=_BODY_BYTES,
    )
    async def rosters(self, data: JSONBody[ImportRequest], services: NamedDependency[Services]) -> ImportAnswer:
        parsed = await read_in_turn(lambda: parse_rosters(data.text))
        return _answer(await services.sessions.import_rosters(parsed))

    @post(
        "/timetable",
        status_code=200,
        operation_id="importTimetable",
        summary="Schedule sessions from CSV or iCalendar; the same meeting again is moved, and not added",
        opt={**allowed_to("staff", "admin", problems=("file-unreadable", "contention")), **AT_LENGTH},
        request_max_body_size=_BODY_BYTES,
    )
    async def timetable(self, data: JSONBody[TimetableRequest], services: NamedDependency[Services]) -> ImportAnswer:
        defaults = Defaults(
            between=Between(data.start, data.end),
            zone=data.zone,
            stations={room: tuple(stations) for room, stations in data.rooms.items()},
            named={**await services.tokens.stations(), **await services.stations.stations.named()},
        )
        parse = parse_timetable_csv if data.format == "csv" else parse_timetable_icalendar
        parsed = await read_in_turn(lambda: parse(data.text, defaults))
        return _answer(await services.sessions.import_timetable(parsed))


async def read_in_turn(parse: Callable[[], Parsed]) -> Parsed:
    """Raises HttpProblem."""
    try:
        return await asyncio.get_running_loop().run_in_executor(_READER, parse)
    except FileUnreadable as error:
        raise HttpProblem(ProblemFacts(code="file-unreadable", detail=str(error))) from None


def _answer(report: ImportReport) -> ImportAnswer:
    bad = [BadRowAnswer(row=one.row, field=one.field, reason=one.reason) for one in report.bad]
    return ImportAnswer(added=report.added, changed=report.changed, unchanged=report.unchanged, bad=bad)
