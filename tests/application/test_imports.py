"""Imports: good rows take effect, bad ones are named, and the same file again changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from application.importing import BadRow, ImportReport, Numbered, Parsed, PersonRow, RosterRow, TimetableRow
from application.people import load_person
from application.sessions import load_session
from domain.session import session_id
from domain.session_events import Plan
from tests.application.house import DOOR
from tests.application.offices import Office, open_office

pytestmark = pytest.mark.anyio
ADA = PersonRow(user_id="ada", name="Ada", consents=("face",))
BOB = PersonRow(user_id="bob", name="Bob", consents=())
BROKEN = BadRow(row=9, field="name", reason="it is empty")


@pytest.fixture
async def office(database: str, key_file: Path) -> AsyncIterator[Office]:
    async with open_office(database, key_file) as office:
        yield office


def people(*rows: PersonRow) -> Parsed[PersonRow]:
    return Parsed([Numbered(number, row) for number, row in enumerate(rows, start=2)], [BROKEN])


def rosters(*rows: tuple[str, str]) -> Parsed[RosterRow]:
    named = [RosterRow(series=series, user_id=user_id) for series, user_id in rows]
    return Parsed([Numbered(number, row) for number, row in enumerate(named, start=2)])


def timetable(*rows: TimetableRow) -> Parsed[TimetableRow]:
    return Parsed([Numbered(number, row) for number, row in enumerate(rows, start=2)])


def week(office: Office, number: int, *, cancelled: bool = False) -> TimetableRow:
    return TimetableRow(key=f"algebra/{number}", plan=later(office.plan(DOOR), number), cancelled=cancelled)


def later(plan: Plan, weeks: int) -> Plan:
    times = plan.times
    moved = {
        field: getattr(times, field) + timedelta(weeks=weeks)
        for field in ("opens_at", "starts_at", "late_after", "ends_at")
    }
    return replace(plan, times=replace(times, **moved))


async def test_people_are_registered_once_however_often_the_file_is_sent(office: Office) -> None:
    first = await office.services.import_people(people(ADA, BOB))
    assert first == ImportReport(added=2, bad=(BROKEN,))
    again = await office.services.import_people(people(ADA, BOB))
    assert again == ImportReport(unchanged=2, bad=(BROKEN,))
    assert [(one.user_id, one.name) for one in await office.record.people.all()] == [("ada", "Ada"), ("bob", "Bob")]


async def test_a_consent_that_is_named_later_is_given_and_none_is_withdrawn(office: Office) -> None:
    await office.services.import_people(people(ADA))
    report = await office.services.import_people(people(replace(ADA, consents=("emotion",))))
    assert (report.added, report.changed, report.unchanged) == (0, 1, 0)
    id = await office.record.people.find("ada")
    assert id is not None
    person = await load_person(office.record.store, id)
    assert person is not None
    assert person.consents == {"face", "emotion"}


async def test_a_preview_says_what_the_import_then_does_and_changes_nothing(office: Office) -> None:
    await office.services.import_people(people(ADA))
    rows = people(replace(ADA, consents=("emotion",)), BOB, BOB, replace(BOB, user_id="ada"))
    expected = await office.services.import_people.preview(rows)
    assert [one.user_id for one in await office.record.people.all()] == ["ada"]
    assert (expected.added, expected.changed, len(expected.bad)) == (1, 1, 3)
    assert await office.services.import_people(rows) == expected


async def test_a_user_id_twice_or_under_another_name_is_a_bad_row(office: Office) -> None:
    await office.services.import_people(people(ADA))
    report = await office.services.import_people(people(replace(ADA, name="Adam"), BOB, BOB))
    assert report.added == 1
    assert [(bad.row, bad.field) for bad in report.bad] == [(2, "name"), (4, "user_id"), (9, "name")]
    assert "row 3" in report.bad[1].reason


async def test_a_timetable_is_scheduled_moved_and_cancelled_by_its_keys(office: Office) -> None:
    imported = office.services.import_timetable
    assert await imported(timetable(week(office, 0), week(office, 1))) == ImportReport(added=2)
    assert await imported(timetable(week(office, 0), week(office, 1))) == ImportReport(unchanged=2)
    moved = replace(week(office, 1), plan=later(office.plan(DOOR), 2))
    gone = week(office, 0, cancelled=True)
    never = week(office, 7, cancelled=True)
    assert await imported.preview(timetable(gone, moved, never, gone)) == ImportReport(
        changed=2, unchanged=1, bad=(BadRow(row=5, field="start", reason="row 2 schedules the same meeting"),)
    )
    assert await imported(timetable(gone, moved, never)) == ImportReport(changed=2, unchanged=1)
    first, second = [await load_session(office.record.store, session_id(f"algebra/{number}")) for number in (0, 1)]
    assert first is not None
    assert second is not None
    assert (first.state, second.plan.times.starts_at) == ("cancelled", office.start + timedelta(weeks=2))
    report = await imported(timetable(week(office, 0), week(office, 0)))
    assert [(bad.row, bad.field) for bad in report.bad] == [(3, "start")]
    assert report.unchanged == 1, "its plan is what it was, though it is cancelled"


async def test_a_meeting_that_cannot_be_is_a_bad_row_and_its_neighbours_are_scheduled(office: Office) -> None:
    plan = office.plan(DOOR)
    impossible = replace(plan, times=replace(plan.times, ends_at=plan.times.starts_at))
    report = await office.services.import_timetable(timetable(TimetableRow(key="x", plan=impossible), week(office, 1)))
    assert (report.added, [(bad.row, bad.field) for bad in report.bad]) == (1, [(2, "ends_at")])


async def test_a_roster_expects_people_at_every_coming_session_of_the_series(office: Office) -> None:
    ada, bob = await office.admit("ada"), await office.admit("bob")
    rows = [week(office, number) for number in range(3)]
    await office.services.import_timetable(timetable(*rows))
    await office.services.cancel(session_id("algebra/1"))
    report = await office.services.import_rosters(rosters(("algebra", "ada"), ("algebra", "bob")))
    assert report == ImportReport(changed=2)
    assert await office.services.import_rosters(rosters(("algebra", "bob"))) == ImportReport(unchanged=1)
    expected = []
    for number in range(3):
        session = await load_session(office.record.store, session_id(f"algebra/{number}"))
        assert session is not None
        expected.append(session.people)
    assert expected == [{ada, bob}, frozenset(), {ada, bob}]


async def test_bad_rows_of_a_roster_are_named_and_the_others_take_effect(office: Office) -> None:
    await office.admit("ada")
    await office.services.import_timetable(timetable(week(office, 0)))
    report = await office.services.import_rosters(
        rosters(("algebra", "ada"), ("algebra", "nobody"), ("geometry", "ada"), ("algebra", "ada"))
    )
    assert report.changed == 1
    assert [(bad.row, bad.field) for bad in report.bad] == [(3, "user_id"), (4, "series"), (5, "user_id")]
