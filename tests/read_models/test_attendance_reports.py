"""A report says what the sheets say: its sums are theirs, however it is counted, whoever was erased since."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.clock import SystemClock
from adapters.data_subjects import join_data_subjects
from adapters.read_models.attendance_reports import PostgresAttendanceReports, day_bounds
from adapters.record import Record, open_record
from adapters.session_wiring import join_sessions
from adapters.settings import Settings
from application.ports import AttendanceCounts, AttendanceReport, ReportBy, ReportQuestion, total_of
from domain.attendance import CorrectedStatus
from domain.matching import Match
from domain.session_events import Plan, Times
from domain.station import StationReported
from tests.event_store.samples import EVIDENCE, registered
from tests.event_store.session_samples import AUTHOR
from tests.fixtures_database import fresh_database
from tests.screens.school_check_ins import check_in_at

T = TypeVar("T")
ZONE = "Europe/Berlin"
DAYS = 10
KINDS: tuple[ReportBy, ...] = ("person", "group", "session", "day")
PEOPLE = 4
_numbers = count()


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """`minute` of the local day; `expected`, `came` and `corrected` name people by number."""

    day: int
    minute: int
    title: str
    series: str | None
    expected: frozenset[int]
    came: dict[int, int]
    corrected: dict[int, CorrectedStatus]
    cancelled: bool


class World(msgspec.Struct, frozen=True, kw_only=True):
    runner: asyncio.Runner
    record: Record
    settings: Settings

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """Ten days that no other example knows of."""

    first: date
    people: Sequence[UUID]
    held: dict[UUID, Meeting]

    def question(self, by: ReportBy, *, group: str | None = None, person: UUID | None = None) -> ReportQuestion:
        last = self.first + timedelta(days=DAYS - 1)
        return ReportQuestion(by=by, first=self.first, last=last, zone=ZONE, group=group, person_id=person)


people = st.integers(0, PEOPLE - 1)
meetings = st.builds(
    Meeting,
    day=st.integers(0, DAYS - 1),
    minute=st.sampled_from([0, 720, 1439]),
    title=st.sampled_from(["Algebra", "Music"]),
    series=st.sampled_from([None, "Algebra", "7b"]),
    expected=st.frozensets(people),
    came=st.dictionaries(people, st.sampled_from([-5, 5, 15])),
    corrected=st.dictionaries(people, st.sampled_from(["present", "late", "absent", "excused"]), max_size=2),
    cancelled=st.integers(0, 4).map(lambda number: number == 0),
)
BUSY = [
    Meeting(day=0, minute=0, title="Algebra", series=None, expected=frozenset(range(4)), came={0: -5, 1: 15},
            corrected={2: "excused"}, cancelled=False),
    Meeting(day=9, minute=1439, title="Music", series="Algebra", expected=frozenset({0, 1}), came={0: 5},
            corrected={}, cancelled=False),
    Meeting(day=9, minute=720, title="Music", series="7b", expected=frozenset({1, 3}), came={}, corrected={},
            cancelled=True),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("reports")
    keys = folder / "keys.json"
    with ExitStack() as stack:
        dsn = stack.enter_context(fresh_database(postgres))
        runner = stack.enter_context(asyncio.Runner())
        opened = open_record(dsn, keys)
        record = runner.run(opened.__aenter__())
        try:
            yield World(
                runner=runner, record=record, settings=Settings(data_dir=folder, models_dir=Path(), keys_file=keys)
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_meetings=st.lists(meetings, min_size=1, max_size=4), erased=st.none() | people, reported=st.booleans())
@example(given_meetings=BUSY, erased=0, reported=True)
@example(given_meetings=BUSY, erased=None, reported=False)
def test_the_sums_of_a_report_are_those_of_the_sheets(
    world: World, given_meetings: Sequence[Meeting], erased: int | None, reported: bool
) -> None:
    term = world.run(hold(world, given_meetings, erased=erased, reported=reported))
    reports = PostgresAttendanceReports(world.record.database)
    sheets = {id: sheet for id, sheet in world.run(sheet_counts(world, term)).items() if not term.held[id].cancelled}
    of_all = total_of(sheets.values())
    for by in KINDS:
        report = world.run(reports.report(term.question(by)))
        assert report.totals == of_all
        assert report.sessions == len(sheets)
        in_rows = total_of(row.counts for row in report.rows)
        assert (in_rows.plus(report.nameless) if by == "person" else in_rows) == of_all
        check_rows(report, term, sheets)
        if erased is not None:
            assert term.people[erased] not in {row.person_id for row in report.rows}


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_meetings=st.lists(meetings, min_size=1, max_size=4))
@example(given_meetings=BUSY)
def test_one_persons_report_is_what_their_sheets_say_of_them(world: World, given_meetings: Sequence[Meeting]) -> None:
    term = world.run(hold(world, given_meetings, erased=None, reported=True))
    reports = PostgresAttendanceReports(world.record.database)
    sheets = world.run(world.record.attendance.sheets(list(term.held)))
    for person in term.people[:2]:
        told = [row.status for sheet in sheets.values() for row in sheet.rows if row.person == person]
        expected = total_of(AttendanceCounts(**{status: 1}) for status in told)
        for by in KINDS:
            report = world.run(reports.report(term.question(by, person=person)))
            assert (report.totals, report.nameless) == (expected, AttendanceCounts())
            assert total_of(row.counts for row in report.rows) == expected


def test_a_group_is_a_series_or_else_a_title(world: World) -> None:
    term = world.run(hold(world, BUSY, erased=None, reported=True))
    reports = PostgresAttendanceReports(world.record.database)
    report = world.run(reports.report(term.question("session", group="Algebra")))
    assert [(row.name, row.group) for row in report.rows] == [("Algebra", "Algebra"), ("Music", "Algebra")]
    assert "7b" not in {row.name for row in world.run(reports.report(term.question("group"))).rows}
    assert "Algebra" in world.run(reports.groups())


def test_a_rate_leaves_out_who_is_excused_or_expected() -> None:
    counts = AttendanceCounts(present=2, late=1, absent=1, excused=5, expected=7)
    assert (counts.rate, counts.total) == (0.75, 16)
    assert AttendanceCounts(excused=3).rate is None


def test_a_day_lasts_as_long_as_it_does_where_clocks_change() -> None:
    start, end = day_bounds(date(2026, 10, 25), ZONE)
    assert end.timestamp() - start.timestamp() == 25 * 3600


async def hold(world: World, held: Sequence[Meeting], *, erased: int | None, reported: bool) -> Term:
    record = world.record
    services = join_sessions(record, SystemClock())
    first, station = date(2020, 1, 1) + timedelta(days=DAYS * next(_numbers)), uuid4()
    everybody = [uuid4() for _ in range(PEOPLE)]
    position = 0
    for person in everybody:
        position = await record.store.append(person, 0, registered(person, user_id=str(person), name=f"P {person}"))
    ids: dict[UUID, Meeting] = {}
    for meeting in held:
        local = datetime.combine(first + timedelta(days=meeting.day), time(), ZoneInfo(ZONE))
        starts_at = local + timedelta(minutes=meeting.minute)
        id = uuid4()
        ids[id] = meeting
        await services.schedule(id, plan_of(meeting, starts_at, station), wait=False)
        await services.change_roster(id, [everybody[number] for number in meeting.expected], wait=False)
        for number, minutes in meeting.came.items():
            decision = Match(everybody[number], EVIDENCE)
            check_in, events = check_in_at(station, decision, starts_at + timedelta(minutes=minutes))
            position = await record.store.append(check_in, 0, events)
        for number, status in meeting.corrected.items():
            await services.correct(id, everybody[number], status, reason="so", author=AUTHOR)
        if meeting.cancelled:
            await services.cancel(id)
    if reported:
        through = datetime.combine(first + timedelta(days=DAYS + 2), time(), ZoneInfo(ZONE))
        event = StationReported(at=through, station_id=station, through=through)
        position = await record.store.append(uuid4(), 0, [event])
    await record.projections.wait(position, 30)
    await services.settle()
    if erased is not None:
        await join_data_subjects(world.settings, record).erase_person(everybody[erased])
    head = (await record.database.fetch("SELECT max(notification_id) FROM event"))[0][0]
    await record.projections.wait(head, 30)
    return Term(first=first, people=everybody, held=ids)


def plan_of(meeting: Meeting, starts_at: datetime, station: UUID) -> Plan:
    times = Times(
        opens_at=starts_at - timedelta(minutes=15),
        starts_at=starts_at,
        late_after=starts_at + timedelta(minutes=10),
        ends_at=starts_at + timedelta(minutes=45),
        zone=ZONE,
    )
    return Plan(title=meeting.title, room="R 1", stations=(station,), times=times, series=meeting.series)


async def sheet_counts(world: World, term: Term) -> dict[UUID, AttendanceCounts]:
    sheets = await world.record.attendance.sheets(list(term.held))
    return {
        id: total_of(
            [AttendanceCounts(**{row.status: 1}) for row in sheet.rows] + [AttendanceCounts(**dict(sheet.erased))]
        )
        for id, sheet in sheets.items()
    }


def check_rows(report: AttendanceReport, term: Term, sheets: dict[UUID, AttendanceCounts]) -> None:
    """Each row against the sheets that belong to it."""
    if report.question.by == "person":
        return
    expected: dict[object, AttendanceCounts] = {}
    for id, counts in sheets.items():
        key = key_of(report.question.by, id, term)
        expected[key] = expected.get(key, AttendanceCounts()).plus(counts)
    of_row = {"session": "session_id", "group": "name", "day": "day"}[report.question.by]
    assert {getattr(row, of_row): row.counts for row in report.rows} == expected


def key_of(by: ReportBy, id: UUID, term: Term) -> object:
    meeting = term.held[id]
    if by == "session":
        return id
    return meeting.series or meeting.title if by == "group" else term.first + timedelta(days=meeting.day)
