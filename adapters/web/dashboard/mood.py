"""Mood: anonymous emotions over time, of groups that may be told; those that may not are drawn as withheld."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from markupsafe import Markup

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auth import caller_of
from adapters.http.emotion import LONGEST
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.problems import CATALOGUE
from adapters.http.query_days import day_window, query_day
from adapters.http.reports import file_answer
from adapters.http.services import Services
from adapters.reports.table import CountColumn, DayColumn, ShareColumn, Table
from adapters.web.charts.columns import PERCENT, Column, Part, columns
from adapters.web.dashboard.mood_columns import MoodColumn, Step, mood_columns, window_of
from adapters.web.rendering import page
from application.emotion_report import EmotionOff, EmotionReport
from domain.emotion import EMOTIONS, Emotion

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
# The window of the page ends a moment later than that of its days, in whichever zone.
_LONGEST = LONGEST - timedelta(days=3)
_UNLESS_ASKED = timedelta(days=27)
_WEEKS_FROM = timedelta(days=45)
# From the ground up as people would put them; every emotion is here once.
ORDER: tuple[Emotion, ...] = ("happy", "surprise", "neutral", "sad", "fear", "disgust", "angry")
assert set(ORDER) == set(EMOTIONS)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    first: date
    last: date
    step: Step

    @property
    def query(self) -> dict[str, str]:
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "step": self.step}


@get("/mood/", opt=allowed_to("staff", "analyst", "admin"), include_in_schema=False)
async def mood(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    given = {name: value for name in ("from", "to", "step") if (value := request.query_params.get(name, "").strip())}
    wrong, status = "", 200
    asked = _asked({}, services.zone)
    try:
        asked = _asked(given, services.zone)
    except HttpProblem as problem:
        wrong, status = problem.facts.detail or "", CATALOGUE[problem.facts.code].status
    report = await _report(services, asked)
    drawn = [] if isinstance(report, EmotionOff) else _columns(report, asked, services.zone)
    start, end = window_of(asked.first, asked.last, services.zone)
    return page(
        "mood.html",
        caller=caller_of(request),
        section="Mood",
        status_code=status,
        zone=services.zone,
        given={**asked.query, **given},
        wrong=wrong,
        off=isinstance(report, EmotionOff),
        smallest=None if isinstance(report, EmotionOff) else report.smallest_cohort,
        asked=asked,
        columns=drawn,
        order=ORDER,
        chart=_chart(drawn, asked, report),
        files=[
            ("CSV", f"/mood/figures.csv?{urlencode(asked.query)}"),
            ("JSON, group by group", f"/api/emotion/?{urlencode({'since': _utc(start), 'until': _utc(end)})}"),
        ],
    )


@get("/mood/figures.csv", opt={**allowed_to("staff", "analyst", "admin"), **AT_LENGTH}, include_in_schema=False)
async def mood_csv(request: AnyRequest, services: NamedDependency[Services]) -> Response[Any]:
    asked = _asked(dict(request.query_params), services.zone)
    report = await _report(services, asked)
    if isinstance(report, EmotionOff):
        raise HttpProblem(ProblemFacts(code="emotion-off"))
    return await file_answer(services, _table(_columns(report, asked, services.zone), asked), "csv")


def _asked(given: dict[str, str], zone: str) -> Asked:
    first, last = day_window(
        query_day("from", given.get("from")),
        query_day("to", given.get("to")),
        today=datetime.now(ZoneInfo(zone)).date(),
        unless_asked=_UNLESS_ASKED,
        longest=_LONGEST,
    )
    step: Step = "week" if last - first > _WEEKS_FROM else "day"
    if given.get("step") in ("day", "week"):
        step = "week" if given["step"] == "week" else "day"
    return Asked(first=max(first, _FIRST), last=min(last, _LAST), step=step)


# There is a day before and a day after each of these, and a week that each is in.
_FIRST, _LAST = date.min + timedelta(days=8), date.max - timedelta(days=8)


async def _report(services: Services, asked: Asked) -> EmotionReport | EmotionOff:
    return await services.report_emotions(*window_of(asked.first, asked.last, services.zone))


def _columns(report: EmotionReport, asked: Asked, zone: str) -> list[MoodColumn]:
    return mood_columns(report, asked.step, asked.first, asked.last, zone)


def _chart(drawn: Sequence[MoodColumn], asked: Asked, report: EmotionReport | EmotionOff) -> Markup | None:
    if isinstance(report, EmotionOff) or not any(one.told or one.withheld for one in drawn):
        return None
    withheld = f"withheld, every group has fewer than {report.smallest_cohort} readings"
    return columns(
        [
            Column(
                label=f"{one.first.day} {one.first:%b}",
                parts=[] if one.shares is None else [
                    Part(emotion, one.shares[emotion] * 100, f"{one.first}: {one.shares[emotion]:.0%} {emotion}")
                    for emotion in ORDER
                ],
                withheld=withheld if one.shares is None and one.withheld else None,
                briefly=f"fewer than {report.smallest_cohort} readings",
            )
            for one in drawn
        ],
        title=f"Mean share of each emotion by {asked.step}; columns with a dashed outline are withheld",
        axis="Share in percent",
        ticks=PERCENT,
    )  # fmt: skip


def _table(drawn: Sequence[MoodColumn], asked: Asked) -> Table:
    return Table(
        name=f"mood-by-{asked.step}-{asked.first}-{asked.last}",
        title=f"Mood by {asked.step}",
        about=[],
        columns=[
            DayColumn(heading="First day" if asked.step == "week" else "Day", values=[one.first for one in drawn]),
            CountColumn(heading="Groups told", values=[one.told for one in drawn]),
            CountColumn(heading="Groups withheld", values=[one.withheld for one in drawn]),
            CountColumn(heading="Readings told", values=[one.readings for one in drawn]),
            *(
                ShareColumn(
                    heading=emotion.capitalize(),
                    values=[None if one.shares is None else one.shares[emotion] for one in drawn],
                )
                for emotion in ORDER
            ),
        ],
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")
