"""Sessions from scheduling to settlement: absence waits for every station, and an event corrects it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from application.attendance import Settled
from application.erase_person import ErasureReceipt
from application.ports import PersonErased
from application.sessions import SessionChanged, SessionNotFound
from domain.session import AttendanceOpen, NotOnRoster, PlanImpossible, SessionOver
from domain.session_events import AttendanceCorrected, AttendanceRevised
from tests.application.house import BACK_DOOR, DOOR
from tests.application.offices import SESSION, STAFF, Office, open_office

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(database: str, key_file: Path) -> AsyncIterator[Office]:
    async with open_office(database, key_file) as office:
        yield office


async def test_the_same_schedule_sent_twice_is_recorded_once(office: Office) -> None:
    first = await office.services.schedule(SESSION, office.plan(DOOR))
    again = await office.services.schedule(SESSION, office.plan(DOOR))
    assert isinstance(first, SessionChanged)
    assert isinstance(again, SessionChanged)
    assert (again.position, again.session) == (0, first.session)
    assert await office.told() == ["Scheduled"]


async def test_of_many_who_schedule_at_once_one_records_it(office: Office, database: str, key_file: Path) -> None:
    async with open_office(database, key_file) as other:
        outcomes = await asyncio.gather(
            *(place.services.schedule(SESSION, office.plan(DOOR)) for place in (office, other) for _ in range(5))
        )
    assert all(isinstance(outcome, SessionChanged) for outcome in outcomes)
    assert await office.told() == ["Scheduled"]


async def test_what_cannot_be_is_not_recorded(office: Office) -> None:
    assert isinstance(await office.services.schedule(SESSION, office.plan()), PlanImpossible)
    assert await office.services.change_roster(SESSION, []) == SessionNotFound()
    assert await office.services.cancel(uuid4()) == SessionNotFound()
    assert await office.told() == []


async def test_an_erased_person_is_put_on_no_roster(office: Office) -> None:
    ada = await office.admit("ada")
    await office.hold()
    assert isinstance(await office.erase(ada), ErasureReceipt)
    with pytest.raises(PersonErased):
        await office.services.change_roster(SESSION, [ada])


async def test_nobody_is_absent_until_every_station_of_the_room_has_reported(office: Office) -> None:
    ada, bob = await office.admit("ada", "face"), await office.admit("bob", "face")
    await office.hold(ada, bob, stations=[DOOR, BACK_DOOR])
    await office.recognised(ada, "b1", office.minute(-2))
    office.clock.pass_s(7200)
    await office.report(office.minute(60), DOOR)
    assert await office.statuses() == {ada: "present", bob: "expected"}
    assert await office.services.settle() == Settled(closed=0, revised=0)
    assert await office.services.settle.settle(SESSION) == AttendanceOpen(1)
    await office.report(office.minute(60), BACK_DOOR)
    assert await office.statuses() == {ada: "present", bob: "absent"}
    assert await office.services.settle() == Settled(closed=1, revised=0)
    assert await office.services.settle() == Settled(closed=0, revised=0)
    assert (await office.told())[-1] == "Closed"


async def test_a_check_in_from_the_outbox_corrects_an_absence_by_an_event(office: Office) -> None:
    ada = await office.admit("ada", "face")
    await office.hold(ada)
    office.clock.pass_s(7200)
    await office.report(office.minute(60))
    await office.services.settle()
    assert await office.statuses() == {ada: "absent"}
    check_in = await office.recognised(ada, "b1", office.minute(5))
    assert await office.statuses() == {ada: "present"}
    assert await office.services.settle() == Settled(closed=0, revised=1)
    revised = (await office.events())[-1]
    assert isinstance(revised, AttendanceRevised)
    assert (revised.before, revised.after, revised.check_in) == ("absent", "present", check_in)
    assert await office.services.settle() == Settled(closed=0, revised=0)


async def test_two_processes_that_settle_at_once_close_a_session_once(
    office: Office, database: str, key_file: Path
) -> None:
    ada = await office.admit("ada", "face")
    await office.hold(ada)
    office.clock.pass_s(7200)
    await office.report(office.minute(60))
    async with open_office(database, key_file) as other:
        await other.catch_up()
        await asyncio.gather(*(place.services.settle() for place in (office, other) for _ in range(3)))
    assert (await office.told()).count("Closed") == 1


async def test_a_correction_holds_against_check_ins_and_is_told_with_reason_and_author(office: Office) -> None:
    ada = await office.admit("ada", "face")
    await office.hold(ada)
    office.clock.pass_s(7200)
    await office.report(office.minute(60))
    await office.services.settle()
    corrected = await office.services.correct(SESSION, ada, "excused", reason="a doctor's note", author=STAFF)
    assert isinstance(corrected, SessionChanged)
    await office.recognised(ada, "b1", office.minute(5))
    assert await office.services.settle() == Settled(closed=0, revised=0)
    assert await office.statuses() == {ada: "excused"}
    event = (await office.events())[-2]
    assert isinstance(event, AttendanceCorrected)
    assert (event.reason.reveal(), event.author) == ("a doctor's note", STAFF)
    withdrawn = await office.services.withdraw_correction(SESSION, ada, author=STAFF)
    assert isinstance(withdrawn, SessionChanged)
    assert await office.statuses() == {ada: "present"}
    assert (await office.told())[-2:] == ["CorrectionWithdrawn", "AttendanceRevised"]


async def test_the_reason_of_an_erased_person_is_gone_and_the_count_stays(office: Office) -> None:
    ada = await office.admit("ada", "face")
    await office.hold(ada)
    await office.services.correct(SESSION, ada, "excused", reason="a doctor's note", author=STAFF)
    assert isinstance(await office.erase(ada), ErasureReceipt)
    event = (await office.events())[-1]
    assert isinstance(event, AttendanceCorrected)
    assert event.reason.erased
    assert await office.statuses() == {}
    (listed,) = await office.services.sessions.between(office.minute(0), office.minute(1))
    assert listed.rostered == 1


async def test_nobody_is_corrected_who_is_not_expected(office: Office) -> None:
    ada = await office.admit("ada")
    await office.hold()
    assert await office.services.correct(SESSION, ada, "late", reason="", author=STAFF) == NotOnRoster()


async def test_a_session_that_is_cancelled_has_no_attendance(office: Office) -> None:
    ada = await office.admit("ada")
    await office.hold(ada)
    assert isinstance(await office.services.cancel(SESSION), SessionChanged)
    assert await office.services.attendance.sheet(SESSION) is None
    assert await office.services.change_roster(SESSION, []) == SessionOver("cancelled")


async def test_a_session_opened_early_takes_check_ins_from_then_on(office: Office) -> None:
    ada = await office.admit("ada", "face")
    await office.hold(ada)
    office.clock.time = office.minute(-40)
    assert isinstance(await office.services.open(SESSION), SessionChanged)
    await office.recognised(ada, "b1", office.minute(-40))
    assert await office.statuses() == {ada: "present"}
