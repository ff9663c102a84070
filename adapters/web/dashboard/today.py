"""Today: who is there, who came when, what the stations say, as it happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from markupsafe import Markup

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.reports import file_answer
from adapters.http.services import Services
from adapters.http.session_answers import counts_of
from adapters.live.messages import CheckIn, StaffSnapshot
from adapters.reports.table import CountColumn, Table
from adapters.web.charts.columns import Column, Part, columns
from adapters.web.charts.drawing import MINUS
from adapters.web.charts.rows import Row, rows
from adapters.web.dashboard.door import Door, doors
from adapters.web.dashboard.reports import file_links
from adapters.web.rendering import page
from application.ports import AttendanceSheet, SessionSummary
from domain.attendance import Status
from domain.session import LONGEST

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
STATUSES: tuple[Status, ...] = ("present", "late", "absent", "excused", "expected")
_BIN_MINUTES = 5
_EARLIEST_MINUTES, _LATEST_MINUTES = -30, 30
MOST_LINES = 12


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A session of today and how many are what; it has no `sheet` where it was cancelled."""

    summary: SessionSummary
    counts: Mapping[Status, int]
    sheet: AttendanceSheet | None

    @property
    def label(self) -> str:
        return f"{self.summary.plan.title} · {self.summary.plan.room}"


@get("/today/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def today(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    zone = services.zone
    now = datetime.now(UTC)
    held = await held_on(now, services)
    snapshot = (await services.live.snapshot(None)).message
    assert isinstance(snapshot, StaffSnapshot)
    totals = {status: sum(one.counts.get(status, 0) for one in held) for status in STATUSES}
    arrivals = arrivals_of(held)
    known: Sequence[Door] = await doors(services, now)
    return page(
        "today.html",
        caller=caller_of(request),
        section="Today",
        zone=zone,
        now=now,
        held=held,
        totals=totals,
        expected=sum(totals.values()),
        waiting=sum((await services.reviews.counts()).values()),
        attendance=_attendance_chart(held),
        attendance_files=file_links(_this_day(now, zone)),
        arrived=any(arrivals.values()),
        arrivals_rows=[
            (_span(minute), counts.get("present", 0), counts.get("late", 0))
            for minute, counts in without_empty_ends(arrivals)
        ],
        arrivals_files=[("CSV", "/today/arrivals.csv")],
        arrivals_chart=_arrivals_chart(arrivals),
        checkins=newest_first(snapshot.checkins)[:MOST_LINES],
        most_lines=MOST_LINES,
        position=snapshot.position,
        doors=known,
        door_names={door.id: door.name for door in known},
        door_names_json=msgspec.json.encode({door.id: door.name for door in known}).decode(),
    )


@get("/today/arrivals.csv", opt={**allowed_to("staff", "admin"), **AT_LENGTH}, include_in_schema=False)
async def arrivals_csv(services: NamedDependency[Services]) -> Response[Any]:
    now = datetime.now(UTC)
    arrivals = arrivals_of(await held_on(now, services))
    day = now.astimezone(ZoneInfo(services.zone)).date()
    table = Table(
        name=f"arrivals-{day}",
        title="Arrivals",
        about=[],
        columns=[
            CountColumn(heading="Minutes from the start", values=list(arrivals)),
            CountColumn(heading="Present", values=[counts.get("present", 0) for counts in arrivals.values()]),
            CountColumn(heading="Late", values=[counts.get("late", 0) for counts in arrivals.values()]),
        ],
    )
    return await file_answer(services, table, "csv")


def newest_first(seen: Sequence[CheckIn]) -> list[CheckIn]:
    """By the moment that is shown; what changed last comes first where they are of the same."""
    return sorted(seen, key=lambda one: (one.moment, one.position), reverse=True)


async def held_on(moment: datetime, services: Services) -> list[Held]:
    """The sessions of that day, as people at the server's zone count days, and those that ran into it."""
    local = moment.astimezone(ZoneInfo(services.zone))
    midnight = datetime.combine(local.date(), time(), ZoneInfo(services.zone))
    found = await services.sessions.sessions.between(midnight - LONGEST, midnight + timedelta(days=1))
    return await with_sheets([one for one in found if one.plan.times.ends_at > midnight], services)


async def with_sheets(sessions: Sequence[SessionSummary], services: Services) -> list[Held]:
    sheets = await services.sessions.attendance.sheets([one.id for one in sessions])
    return [Held(summary=one, counts=counts_of(sheets.get(one.id)), sheet=sheets.get(one.id)) for one in sessions]


def arrivals_of(held: Sequence[Held]) -> dict[int, dict[Status, int]]:
    """How many came so many minutes after the start, in steps of five; the ends hold whoever came outside."""
    bins: dict[int, dict[Status, int]] = {
        minute: {} for minute in range(_EARLIEST_MINUTES, _LATEST_MINUTES + _BIN_MINUTES, _BIN_MINUTES)
    }
    for one in held:
        for row in () if one.sheet is None else one.sheet.rows:
            if row.moment is None:
                continue
            minutes = (row.moment - one.summary.plan.times.starts_at).total_seconds() / 60
            nearest = int(minutes // _BIN_MINUTES) * _BIN_MINUTES
            counts = bins[max(_EARLIEST_MINUTES, min(_LATEST_MINUTES, nearest))]
            counts[row.status] = counts.get(row.status, 0) + 1
    return bins


def _this_day(now: datetime, zone: str) -> dict[str, str]:
    day = now.astimezone(ZoneInfo(zone)).date().isoformat()
    return {"by": "session", "from": day, "to": day}


def without_empty_ends(arrivals: Mapping[int, Mapping[Status, int]]) -> list[tuple[int, Mapping[Status, int]]]:
    """From the first minutes in which somebody came to the last."""
    came = [minute for minute, counts in arrivals.items() if counts]
    return [(minute, counts) for minute, counts in arrivals.items() if came and came[0] <= minute <= came[-1]]


def _span(minute: int) -> str:
    """`−10 to −5`; the ends hold whoever came outside."""
    if minute == _EARLIEST_MINUTES:
        return f"before {_minutes(minute + _BIN_MINUTES)}"
    if minute == _LATEST_MINUTES:
        return f"{_minutes(minute)} and later"
    return f"{_minutes(minute)} to {_minutes(minute + _BIN_MINUTES)}"


def _minutes(minute: int) -> str:
    return f"{minute:+d}".replace("-", MINUS) if minute else "0"


def _attendance_chart(held: Sequence[Held]) -> Markup:
    return rows(
        [
            Row(
                label=one.label,
                note=f"{one.counts.get('present', 0) + one.counts.get('late', 0)} of {sum(one.counts.values())}",
                parts=[
                    Part(status, count, f"{one.label}: {count} {status}")
                    for status in STATUSES
                    if (count := one.counts.get(status, 0))
                ],
            )
            for one in held
            if one.sheet is not None
        ],
        title="Attendance today by session: present, late, absent, excused and still expected",
    )


def _arrivals_chart(arrivals: Mapping[int, Mapping[Status, int]]) -> Markup:
    return columns(
        [
            Column(
                label=_minutes(minute),
                parts=[
                    Part(status, count, f"{_span(minute)} minutes: {count} {status}")
                    for status, count in counts.items()
                ],
            )
            for minute, counts in arrivals.items()
        ],
        title="Arrivals today in minutes from the start of the session",
        axis="People",
        bell=float(-_EARLIEST_MINUTES // _BIN_MINUTES),
        labels_at=0.0,
    )
