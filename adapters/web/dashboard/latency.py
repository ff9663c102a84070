"""Latency: how long check-ins took, by day, stage and station, in words and lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from markupsafe import Markup

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auth import caller_of
from adapters.http.latency import LONGEST
from adapters.http.operation import allowed_to
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts
from adapters.http.problems import CATALOGUE
from adapters.http.query_days import day_window, query_day
from adapters.http.reports import file_answer
from adapters.http.services import Services
from adapters.reports.table import CountColumn, DayColumn, NumberColumn, Table, TextColumn
from adapters.web.charts.lines import Line, lines
from adapters.web.dashboard.door import doors
from adapters.web.dashboard.latency_words import order_of, words_of
from adapters.web.rendering import page
from application.ports import LatencyGroup, StageLatency

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_UNLESS_ASKED = timedelta(days=13)
_WHOLE = "identify"
QUANTILES = ("p50", "p95", "p99")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    first: date
    last: date
    station: UUID | None

    @property
    def query(self) -> dict[str, str]:
        found = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        return found if self.station is None else {**found, "station": str(self.station)}


@get("/latency/", opt=allowed_to("staff", "analyst", "admin"), include_in_schema=False)
async def latency(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    names = ("from", "to", "station", "day")
    given = {name: value for name in names if (value := request.query_params.get(name, "").strip())}
    wrong, status = "", 200
    asked, day = _asked({})
    try:
        asked, day = _asked(given)
    except HttpProblem as problem:
        wrong, status = problem.facts.detail or "", CATALOGUE[problem.facts.code].status
    groups = await services.latencies.between(asked.first, asked.last, asked.station)
    whole = [group for group in groups if group.station_id == asked.station]
    measured = [group.day for group in whole]
    shown = day if day in measured else measured[-1] if measured else None
    query = urlencode(asked.query)
    return page(
        "latency.html",
        caller=caller_of(request),
        section="Latency",
        status_code=status,
        given={**asked.query, **given},
        wrong=wrong,
        asked=asked,
        doors={door.id: door.name for door in await doors(services, datetime.now(UTC))},
        days=[(group.day, _stage(group, _WHOLE)) for group in whole],
        measured=measured,
        shown=shown,
        stages=_stages(next((group for group in whole if group.day == shown), None)),
        stations=[
            (group.station_id, _stage(group, _WHOLE))
            for group in groups
            if group.day == shown and group.station_id is not None and asked.station is None
        ],
        chart=_chart(whole, asked),
        gaps=len({group.day for group in whole if _stage(group, _WHOLE)}) <= (asked.last - asked.first).days,
        quantiles=QUANTILES,
        words_of=words_of,
        files=[("CSV", f"/latency/figures.csv?{query}"), ("JSON", f"/api/latency/?{query}")],
    )


@get("/latency/figures.csv", opt={**allowed_to("staff", "analyst", "admin"), **AT_LENGTH}, include_in_schema=False)
async def latency_csv(request: AnyRequest, services: NamedDependency[Services]) -> Response[Any]:
    asked, _ = _asked(dict(request.query_params))
    groups = await services.latencies.between(asked.first, asked.last, asked.station)
    return await file_answer(services, _table(groups, asked), "csv")


def _asked(given: dict[str, str]) -> tuple[Asked, date | None]:
    """And the day whose stages are asked for."""
    first, last = day_window(
        query_day("from", given.get("from")),
        query_day("to", given.get("to")),
        today=datetime.now(UTC).date(),
        unless_asked=_UNLESS_ASKED,
        longest=LONGEST,
    )
    try:
        station = UUID(given["station"]) if "station" in given else None
    except ValueError:
        message = "there is no such station"
        wrong = FieldError(message=message, parameter="station")
        raise HttpProblem(ProblemFacts(code="request-malformed", detail=message, errors=[wrong])) from None
    return Asked(first=first, last=last, station=station), query_day("day", given.get("day"))


def _stage(group: LatencyGroup, name: str) -> StageLatency | None:
    return next((stage for stage in group.stages if stage.stage == name), None)


def _stages(group: LatencyGroup | None) -> list[StageLatency]:
    return [] if group is None else sorted(group.stages, key=lambda stage: order_of(stage.stage))


def _chart(whole: Sequence[LatencyGroup], asked: Asked) -> Markup | None:
    """Every day of the window, so that one without check-ins is a gap."""
    told = {group.day: stage for group in whole if (stage := _stage(group, _WHOLE)) is not None}
    if not told:
        return None
    days = [asked.first + timedelta(days=number) for number in range((asked.last - asked.first).days + 1)]
    return lines(
        [
            Line(kind=name, values=[getattr(told[day], f"{name}_ms") if day in told else None for day in days])
            for name in QUANTILES
        ],
        [f"{day.day} {day:%b}" for day in days],
        title="Milliseconds from a burst’s arrival to the decision: the middle, 95 of 100 and 99 of 100, by day",
        axis="Milliseconds",
        unit="ms",
    )


def _table(groups: Sequence[LatencyGroup], asked: Asked) -> Table:
    flat = [(group, stage) for group in groups for stage in group.stages]
    return Table(
        name=f"latency-{asked.first}-{asked.last}",
        title="Latency",
        about=[],
        columns=[
            DayColumn(heading="Day (UTC)", values=[group.day for group, _ in flat]),
            TextColumn(heading="Station", values=[str(group.station_id or "all") for group, _ in flat]),
            TextColumn(heading="Stage", values=[stage.stage for _, stage in flat]),
            CountColumn(heading="Count", values=[stage.count for _, stage in flat]),
            *(
                NumberColumn(heading=f"{name} ms", values=[getattr(stage, f"{name}_ms") for _, stage in flat])
                for name in QUANTILES
            ),
        ],
    )
