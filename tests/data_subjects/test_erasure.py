"""Erasure to its end: a receipt that can be checked, nothing readable in any process, nothing left half done."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.http.access_tokens import AccessTokens
from application.erase_person import DESTROYED, ErasureReceipt
from application.people import PersonNotFound
from domain import person as persons
from domain.person import Registered
from domain.session_events import AttendanceCorrected, RosterChanged
from tests.application.house import DOOR
from tests.data_subjects.bureau import Bureau, open_bureau
from tests.event_store import session_samples

pytestmark = pytest.mark.anyio


async def erased(bureau: Bureau, person: UUID) -> ErasureReceipt:
    receipt = await bureau.subjects.erase_person(person)
    assert isinstance(receipt, ErasureReceipt)
    return receipt


async def record_only(bureau: Bureau, person: UUID) -> None:
    """The erasure is recorded, and the process ends there."""
    events = await bureau.record.store.load_person(person)
    state = persons.replay(person, events)
    assert state is not None
    await bureau.record.store.append(person, state.version, persons.erase(state, at=bureau.clock.now()))


async def name_in_the_record(bureau: Bureau, person: UUID) -> str | None:
    (registered, *_) = await bureau.record.store.load_person(person)
    assert isinstance(registered, Registered)
    return registered.name.reveal()


async def wrong(bureau: Bureau, receipt: ErasureReceipt) -> tuple[str, ...]:
    return (await bureau.subjects.check_receipt(receipt)).wrong


# The receipt


async def test_a_receipt_says_what_was_destroyed_and_when_and_names_nobody(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face", templates=[1])
    (template,) = (await bureau.record.database.fetch("SELECT id FROM face_template"))[0]
    receipt = await erased(bureau, ada)
    rows = await bureau.record.database.fetch(
        "SELECT notification_id FROM event WHERE originator_id = %s AND topic = 'person.erased.v1'", (ada,)
    )
    assert (receipt.person, receipt.erased_at, receipt.reason) == (ada, bureau.clock.now(), "requested")
    assert (receipt.position, receipt.templates, receipt.destroyed) == (rows[0][0], (template,), DESTROYED)
    printed = msgspec.json.encode(receipt)
    assert b"ada" not in printed.lower()
    assert b"lovelace" not in printed.lower()
    assert msgspec.json.decode(printed, type=ErasureReceipt) == receipt


async def test_a_receipt_holds_as_long_as_the_record_does(bureau: Bureau) -> None:
    receipt = await erased(bureau, await bureau.admit("ada", "face", templates=[1]))
    await bureau.admit("ada", "face", templates=[2])
    assert await wrong(bureau, receipt) == ()


async def test_a_receipt_for_somebody_who_was_never_erased_does_not_hold(bureau: Bureau) -> None:
    receipt = await erased(bureau, await bureau.admit("ada", "face"))
    bob = await bureau.admit("bob", "face")
    forged = msgspec.structs.replace(receipt, person=bob)
    assert await wrong(bureau, forged) == ("no erasure of this person is recorded",)


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (
            "UPDATE event SET recorded_at = recorded_at - interval '1 day' WHERE originator_version = 1",
            "events are not",
        ),
        ("UPDATE event SET state = state || ' ' WHERE originator_version = 2", "events are not"),
        ("INSERT INTO people VALUES (%(ada)s, 'ada', 'Ada')", "the table people"),
        ("INSERT INTO face_template VALUES (%(ada)s, %(ada)s, 'm', '[1]')", "the table face_template"),
        ("UPDATE person_key SET lookup = 'l', kek_id = 'k', wrapped = 'w'", "key exists"),
    ],
)
async def test_a_receipt_tells_what_came_back(bureau: Bureau, tampering: str, found: str) -> None:
    ada = await bureau.admit("ada", "face")
    receipt = await erased(bureau, ada)
    async with bureau.record.database.connection() as connection:
        await connection.execute(tampering.encode(), {"ada": ada})
    (complaint,) = await wrong(bureau, receipt)
    assert found in complaint


async def test_a_repeated_erasure_answers_the_same_receipt_and_waits_until_it_is_seen(
    bureau: Bureau, database: str, key_file: Path
) -> None:
    ada = await bureau.admit("ada", "face", templates=[1])
    first = await erased(bureau, ada)
    async with open_bureau(database, key_file) as other:
        assert await erased(other, ada) == first
        assert min(other.record.projections.positions.values()) >= first.position
    assert await bureau.subjects.erase_person(uuid4()) == PersonNotFound()


async def test_the_tokens_of_an_erased_person_end(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face")
    tokens = AccessTokens(bureau.record.database)
    of_ada = await tokens.create("person", "Ada Lovelace", subject=ada)
    of_staff = await tokens.create("staff", "the front desk")
    await erased(bureau, ada)
    assert await tokens.find(of_ada.token) is None
    assert await tokens.find(of_staff.token) is not None
    assert [one.name for one in await tokens.all()] == ["the front desk"]


# Cut short


async def test_what_was_cut_short_is_completed_at_the_next_start(bureau: Bureau, database: str, key_file: Path) -> None:
    ada = await bureau.admit("ada", "face", templates=[1])
    bob = await bureau.admit("bob", "face", templates=[2])
    await record_only(bureau, ada)
    assert await name_in_the_record(bureau, ada) == "Ada Lovelace"
    async with open_bureau(database, key_file) as restarted:
        assert await restarted.subjects.complete_erasures() == [ada]
        assert await name_in_the_record(restarted, ada) is None
        assert await name_in_the_record(restarted, bob) == "Bob Lovelace"
        assert await wrong(restarted, await erased(restarted, ada)) == ()


async def test_a_start_looks_only_at_erasures_since_the_last_one(bureau: Bureau) -> None:
    for number in range(5):
        await erased(bureau, await bureau.admit(f"s-{number}", "face"))
    assert await bureau.subjects.complete_erasures() == []
    _, through = await bureau.record.erasures.unfinished()
    ((looked_through,),) = await bureau.record.database.fetch("SELECT through FROM erasure_sweep")
    assert looked_through == through
    ada = await bureau.admit("ada", "face")
    await record_only(bureau, ada)
    assert await bureau.subjects.complete_erasures() == [ada]


async def looked_at(bureau: Bureau) -> int:
    """How many events the next look for unfinished erasures goes through."""
    ((count,),) = await bureau.record.database.fetch(
        "SELECT count(*) FROM event WHERE notification_id > (SELECT through FROM erasure_sweep)"
    )
    return int(count)


async def test_a_start_with_ten_thousand_erased_people_looks_at_them_once(bureau: Bureau) -> None:
    """They were all carried out; the first look confirms it, and the second has nothing to look at."""
    erasures = bureau.record.erasures
    people = [uuid4() for _ in range(10_000)]
    await bureau.record.database.fetch(
        "INSERT INTO event (originator_id, originator_version, topic, state, recorded_at)"
        " SELECT id, 1, 'person.erased.v1', '{}', now() FROM unnest(%s::uuid[]) AS id",
        (people,),
    )
    unfinished, _ = await erasures.unfinished()
    assert len(unfinished) == 10_000
    tags = [bureau.record.keys._hash(b"person", person.bytes) for person in people]
    await bureau.record.database.fetch("INSERT INTO person_key (tag) SELECT unnest(%s::bytea[])", (tags,))
    assert await looked_at(bureau) >= 10_000
    assert await bureau.subjects.complete_erasures() == []
    assert await looked_at(bureau) == 0
    assert await bureau.subjects.complete_erasures() == []


# Everywhere


async def test_another_process_reads_nothing_of_them_from_the_moment_the_erasure_returns(
    bureau: Bureau, database: str, key_file: Path
) -> None:
    ada = await bureau.admit("ada", "face", templates=[1])
    check_in = await bureau.check_in("b-1", ada)
    with another_process(database, key_file, ada, check_in) as read:
        everything = {
            "event": "Ada Lovelace",
            "check_in": str(ada),
            "name": "Ada Lovelace",
            "listed": ["ada"],
            "searched": True,
        }
        assert read() == everything
        assert read() == everything, "from what it has in memory"
        await erased(bureau, ada)
        assert read() == {"event": None, "check_in": "None", "name": None, "listed": [], "searched": False}


@contextmanager
def another_process(dsn: str, key_file: Path, person: UUID, check_in: UUID) -> Iterator[Callable[[], object]]:
    arguments = [
        sys.executable,
        "-m",
        "tests.data_subjects.other_process",
        dsn,
        str(key_file),
        str(person),
        str(check_in),
    ]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        asks, answers = process.stdin, process.stdout
        assert asks is not None
        assert answers is not None

        def read() -> object:
            asks.write("read\n")
            asks.flush()
            return json.loads(answers.readline())

        try:
            yield read
        finally:
            process.kill()


async def test_rosters_and_corrections_name_an_erased_person_no_more_and_others_still(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face")
    bob = await bureau.admit("bob", "face")
    session = session_samples.SESSION
    events = session_samples.scheduled(DOOR, people=[ada, bob])
    events += session_samples.corrected(events, ada)
    await bureau.seen(await bureau.record.store.append(session, 0, events))
    ((named,),) = await bureau.record.database.fetch("SELECT count(*) FROM attendance_roster")
    assert named == 2
    await erased(bureau, ada)
    loaded = await bureau.record.store.load_session(session)
    (roster,) = (event.roster for event in loaded if isinstance(event, RosterChanged))
    assert sorted((one.reveal() for one in roster), key=str) == sorted([None, bob], key=str)
    (correction,) = (event for event in loaded if isinstance(event, AttendanceCorrected))
    assert (correction.person.reveal(), correction.reason.reveal()) == (None, None)
    rows = await bureau.record.database.fetch("SELECT person FROM attendance_roster")
    assert rows == [(bob,)]
    states = await bureau.record.database.fetch("SELECT convert_from(state, 'UTF8') FROM event")
    assert not any(str(ada) in state or ada.hex in state for (state,) in states)
