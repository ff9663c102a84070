"""Reports: attendance over a term, counted by person, group, session or day, with the same figures as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts
from adapters.http.problems import CATALOGUE
from adapters.http.report_questions import name_of, read_question
from adapters.http.services import Services
from adapters.reports.attendance_table import RATE_NOTE, TITLES, nameless_notes
from adapters.web.dashboard.report_charts import CHARTED, chart_of, in_order
from adapters.web.rendering import page
from application.ports import AttendanceReport, ReportBy, ReportQuestion

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
API = "/api/reports/attendance/"
FILE_KINDS = (("CSV", "csv"), ("Spreadsheet (XLSX)", "xlsx"), ("Printable (PDF)", "pdf"), ("JSON", "json"))
_FIELDS = ("by", "from", "to", "group", "person_id")


@get("/reports/", opt={**allowed_to("staff", "admin"), **AT_LENGTH}, include_in_schema=False)
async def reports(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    # An empty field of the form is one that was left out.
    given = {name: value for name in _FIELDS if (value := request.query_params.get(name, "").strip())}
    report: AttendanceReport | None = None
    wrong: dict[str, str] = {}
    status = 200
    try:
        question = _question(services.zone, given)
        await name_of(services, question.person_id)
        report = await services.attendance_reports.report(question)
        given = query_of(question)
    except HttpProblem as problem:
        wrong, status = _wrong(problem.facts), CATALOGUE[problem.facts.code].status
    return page(
        "reports.html",
        caller=caller_of(request),
        section="Reports",
        status_code=status,
        zone=services.zone,
        given=given,
        wrong=wrong,
        kinds=TITLES,
        groups=await services.attendance_reports.groups(),
        people=await services.people.all(),
        report=report,
        rows=[] if report is None else in_order(report),
        presets=_presets(given, services.zone),
        chart=chart_of(report) if report is not None else None,
        charted=CHARTED,
        notes=[] if report is None else [RATE_NOTE, *nameless_notes(report)],
        files=file_links(given),
        link=_link,
    )


def query_of(question: ReportQuestion) -> dict[str, str]:
    """The query that asks it again, whatever day it is then."""
    asked = {
        "by": question.by,
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "group": question.group,
        "person_id": None if question.person_id is None else str(question.person_id),
    }
    return {name: value for name, value in asked.items() if value is not None}


def file_links(query: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(words, _link(API, query, format=kind)) for words, kind in FILE_KINDS]


def _presets(given: Mapping[str, str], zone: str) -> list[tuple[str, str, bool]]:
    """What each is called, where it leads with all else that was asked for, and whether it is shown now."""
    today = datetime.now(ZoneInfo(zone)).date()
    month = today.replace(day=1)
    month_before = (month - timedelta(days=1)).replace(day=1)
    windows = (
        ("This month", month, today),
        ("Last month", month_before, month - timedelta(days=1)),
        ("Last 30 days", today - timedelta(days=29), today),
        ("Last 12 months", today - timedelta(days=364), today),
    )
    return [
        (
            words,
            _link("/reports/", given, first=first.isoformat(), last=last.isoformat()),
            (given.get("from"), given.get("to")) == (first.isoformat(), last.isoformat()),
        )
        for words, first, last in windows
    ]


def _link(path: str, query: Mapping[str, str], **changed: str | None) -> str:
    """None leaves a field out; `first` and `last` stand for `from` and `to`."""
    names = {"first": "from", "last": "to"}
    asked = {**query, **{names.get(name, name): value for name, value in changed.items()}}
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value is not None})}"


def _question(zone: str, given: Mapping[str, str]) -> ReportQuestion:
    by = given.get("by", "person")
    if by not in get_args(ReportBy):
        raise _malformed("by", "choose one of the list")
    group = given.get("group")
    if group is not None and not group.isprintable():
        raise _malformed("group", "there is no such group")
    try:
        person_id = UUID(given["person_id"]) if "person_id" in given else None
    except ValueError:
        raise _malformed("person_id", "choose one of the list") from None
    return read_question(
        zone,
        by=msgspec.convert(by, ReportBy),
        first=given.get("from"),
        last=given.get("to"),
        group=group,
        person_id=person_id,
    )


def _malformed(parameter: str, message: str) -> HttpProblem:
    wrong = FieldError(message=message, parameter=parameter)
    return HttpProblem(ProblemFacts(code="request-malformed", detail=message, errors=[wrong]))


def _wrong(facts: ProblemFacts) -> dict[str, str]:
    """What to say beside each field."""
    if facts.code == "person-not-found":
        return {"person_id": "nobody is registered under it any more"}
    errors: Sequence[FieldError] = facts.errors or []
    return {
        error.parameter or "by": error.message.replace("`from`", "the first day").replace("`to`", "the last day")
        for error in errors
    }
