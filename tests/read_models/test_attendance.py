"""The attendance read model says what the domain's rules say, page by page and whatever arrived in whatever order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.database import connect
from adapters.event_store.read_model import Projected
from adapters.read_models.attendance import AttendanceProjection
from adapters.read_models.attendance_sheets import PostgresAttendance
from adapters.record import Record, open_record
from application.ports import AttendanceSheet
from domain import session as sessions
from domain.attendance import Attendance
from domain.person import Erased
from domain.personal import PersonalData
from domain.session_events import AttendanceRevised, Closed
from domain.station import StationReported
from tests.event_store.samples import AT, later
from tests.event_store.session_samples import END, SESSION, START, closed, scheduled, seen, session
from tests.fixtures_database import fresh_database
from tests.read_models.attendance_history import BACK, FRONT, LONG_AFTER, PEOPLE, CheckInStep, Step, Story, Told, steps

pytestmark = pytest.mark.anyio
MODEL = AttendanceProjection()
ADA, BOB, CLEO, DAN = PEOPLE


@pytest.fixture(scope="module")
def scratch(postgres: str) -> Iterator[Connection[TupleRow]]:
    with fresh_database(postgres) as dsn, connect(dsn, name="test") as connection:
        yield connection


@contextmanager
def projected(connection: Connection[TupleRow], told: Sequence[Told], sizes: Sequence[int] = (500,)) -> Iterator[None]:
    """The events in pages of these sizes in turn, in a transaction that comes to nothing."""
    pages = list(_pages([Projected(at, stream, event) for at, (stream, _, event) in enumerate(told, 1)], sizes))
    with connection.transaction(force_rollback=True):
        for page in pages:
            taken = [one for one in page if isinstance(one.event, MODEL.takes)]
            if taken:
                with connection.cursor() as cursor:
                    MODEL.apply(cursor, taken)
        yield


def attendance(connection: Connection[TupleRow]) -> list[Attendance]:
    rows = connection.execute(
        "SELECT person, status, check_in, moment, check_ins, corrected FROM attendance ORDER BY person"
    ).fetchall()
    return [
        Attendance(person=person, status=status, check_in=check_in, moment=moment, check_ins=count, corrected=corrected)
        for person, status, check_in, moment, count, corrected in rows
    ]


def tables(connection: Connection[TupleRow]) -> dict[str, list[str]]:
    names = ("session", "roster", "check_in", "station", "erased")
    return {
        name: sorted(row for (row,) in connection.execute(f"SELECT t::text FROM attendance_{name} t".encode()))
        for name in names
    }


def _pages(events: Sequence[Projected], sizes: Sequence[int]) -> Iterator[Sequence[Projected]]:
    at = number = 0
    while at < len(events):
        size = sizes[number % len(sizes)]
        yield events[at : at + size]
        at, number = at + size, number + 1


sizes = st.lists(st.integers(1, 9), min_size=1, max_size=3)
slow = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@slow
@given(steps=steps, sizes=sizes)
def test_the_view_decides_what_the_domain_decides(
    scratch: Connection[TupleRow], steps: list[Step], sizes: list[int]
) -> None:
    story = Story(steps)
    with projected(scratch, story.told, sizes):
        assert attendance(scratch) == story.attendance()


@slow
@given(steps=steps, sizes=sizes, data=st.data())
def test_check_ins_that_arrive_late_and_in_another_order_come_to_the_same(
    scratch: Connection[TupleRow], steps: list[Step], sizes: list[int], data: st.DataObject
) -> None:
    """As had they come in time: positions differ, and nothing else."""
    story = Story(steps)
    by_stream: dict[UUID, list[Told]] = {}
    for one in story.told:
        by_stream.setdefault(one[0], []).append(one)
    shuffled = [one for stream in data.draw(st.permutations(list(by_stream))) for one in by_stream[stream]]
    with projected(scratch, shuffled, sizes):
        assert attendance(scratch) == story.attendance()


@slow
@given(steps=steps, sizes=sizes, erased=st.sampled_from(PEOPLE), data=st.data())
def test_somebody_who_is_erased_leaves_the_same_rows_whenever_their_key_went(
    scratch: Connection[TupleRow], steps: list[Step], sizes: list[int], erased: UUID, data: st.DataObject
) -> None:
    """A rebuild reads their events as erased from the first on; the live read model saw some of them before."""
    story = Story(steps)
    told = [*story.told, *_closing(story)]
    last = data.draw(st.integers(0, len(told)))
    told.insert(last, (erased, 9, Erased(at=LONG_AFTER)))
    rebuilt = [(stream, version, _without(event, erased)) for stream, version, event in told]
    key_gone = data.draw(st.integers(0, len(told)))
    live = [*told[:key_gone], *rebuilt[key_gone:]]
    with projected(scratch, rebuilt, sizes):
        after_rebuild = tables(scratch)
    with projected(scratch, live, sizes):
        assert tables(scratch) == after_rebuild
        assert erased not in [one.person for one in attendance(scratch)]


def _closing(story: Story) -> list[Told]:
    """The session closed with everybody absent, and one of them revised."""
    state = session(story.session)
    everybody = [Attendance(person=person, status="absent") for person in sorted(state.people)]
    decided = sessions.settle(state, everybody, reported=True, at=LONG_AFTER)
    assert isinstance(decided, list)
    revised = [
        AttendanceRevised(at=LONG_AFTER, person=PersonalData(person, person), before=outcome.status, after="late")
        for event in decided
        if isinstance(event, Closed)
        for outcome in event.outcomes[:1]
        if (person := outcome.person.reveal()) is not None
    ]
    return [(SESSION, len(story.session) + number, event) for number, event in enumerate([*decided, *revised])]


def _without(holder: Any, person: UUID) -> Any:  # an event, or whatever its fields hold
    """What is read of an event once the person's key is gone."""
    if isinstance(holder, PersonalData):
        return PersonalData.erased_value() if holder.subject == person else holder
    if isinstance(holder, tuple):
        return tuple(_without(one, person) for one in holder)
    fields = getattr(holder, "__struct_fields__", None)
    if fields is None:
        return holder
    return type(holder)(**{name: _without(getattr(holder, name), person) for name in fields})


def test_a_person_is_in_a_session_once_whatever_is_written(scratch: Connection[TupleRow]) -> None:
    with projected(scratch, Story([]).told), pytest.raises(psycopg.errors.UniqueViolation):
        scratch.execute("INSERT INTO attendance_roster (session, person) VALUES (%s, %s)", (SESSION, ADA))


def test_a_second_check_in_is_counted_and_changes_nothing(scratch: Connection[TupleRow]) -> None:
    twice = [CheckInStep(ADA, FRONT, 0, 0, True), CheckInStep(ADA, BACK, 30, 0, False)]
    with projected(scratch, Story(twice).told):
        ada = attendance(scratch)[0]
    assert (ada.status, ada.check_ins, ada.repeated, ada.moment) == ("present", 2, True, START)


async def test_through_the_record_a_late_check_in_makes_a_closed_session_due_again(
    database: str, key_file: Path
) -> None:
    ada, bob = uuid4(), uuid4()
    async with open_record(database, key_file) as record:
        events = scheduled(FRONT, people=[ada, bob])
        await record.store.append(SESSION, 0, events)
        await record.store.append(uuid4(), 0, seen(FRONT, ada, START))
        assert await _due(record) == []
        await record.store.append(uuid4(), 0, [StationReported(at=END, station_id=FRONT, through=END)])
        assert await _due(record) == [SESSION]
        sheet = await _sheet(record)
        assert {one.person: one.status for one in sheet.rows} == {ada: "present", bob: "absent"}
        await record.store.append(SESSION, len(events), closed(events, sheet.rows))
        await record.attendance.settled(await _head(record))
        assert await _due(record) == []
        await record.store.append(uuid4(), 0, seen(FRONT, bob, START + timedelta(minutes=20), burst_id="pin-2"))
        assert await _due(record) == [SESSION]
        await record.attendance.settled(await _head(record))
        assert await _due(record) == []
        assert {one.person: one.status for one in (await _sheet(record)).rows} == {ada: "present", bob: "late"}


async def test_an_erased_person_is_on_no_sheet_and_their_settled_attendance_is_still_counted(
    database: str, key_file: Path
) -> None:
    ada, bob = uuid4(), uuid4()
    async with open_record(database, key_file) as record:
        events = scheduled(FRONT, people=[ada, bob])
        settled = closed(events, [Attendance(person=ada, status="late"), Attendance(person=bob, status="absent")])
        await record.store.append(SESSION, 0, [*events, *settled])
        await record.store.append(uuid4(), 0, seen(FRONT, ada, START))
        await record.store.append(ada, 0, [Erased(at=AT)])
        await record.keys.erase(ada)
        sheet = await _sheet(record)
        assert [one.person for one in sheet.rows] == [bob]
        assert sheet.erased == {"late": 1}
        (listed,) = await record.sessions.between(later(0), later(36_000))
        assert (listed.rostered, listed.state) == (2, "closed")


async def _head(record: Record) -> int:
    rows = await record.database.fetch("SELECT max(notification_id) FROM event")
    head: int = rows[0][0]
    return head


async def _due(record: Record) -> Sequence[UUID]:
    await record.projections.wait(await _head(record), 5)
    due, _ = await record.attendance.unsettled()
    return due


async def _sheet(record: Record) -> AttendanceSheet:
    await record.projections.wait(await _head(record), 5)
    sheet = await PostgresAttendance(record.database).sheet(SESSION)
    assert sheet is not None
    return sheet
