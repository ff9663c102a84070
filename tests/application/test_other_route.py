"""Checking in without a face: by PIN, by code or by staff, on equal terms, and not by guessing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from application.credentials import CredentialIssued
from application.erase_person import ErasureReceipt
from application.other_route import (
    CheckedIn,
    CodeCommand,
    CredentialRefused,
    PersonUnknown,
    PinCommand,
    RequestIdReused,
    StaffCommand,
)
from application.people import PersonNotFound
from application.sessions import SessionNotFound
from domain.attempts import MOST_PER_PERSON, TooManyAttempts
from domain.check_in import IdentifiedByOtherRoute, check_in_id
from tests.application.house import DOOR
from tests.application.offices import SESSION, STAFF, Office, open_office

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(database: str, key_file: Path) -> AsyncIterator[Office]:
    async with open_office(database, key_file) as office:
        yield office


async def pin_of(office: Office, person: UUID) -> str:
    issued = await office.services.issue_credential(person, "pin")
    assert isinstance(issued, CredentialIssued)
    return issued.secret


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**6:06}"


def typed(pin: str, request_id: str = "r1", user_id: str = "ada") -> PinCommand:
    return PinCommand(station_id=DOOR, request_id=request_id, user_id=user_id, pin=pin)


async def test_who_gave_no_face_consent_is_present_by_their_pin(office: Office) -> None:
    ada = await office.admit("ada")
    await office.hold(ada)
    outcome = await office.services.other_route.by_pin(typed(await pin_of(office, ada)))
    assert isinstance(outcome, CheckedIn)
    assert (outcome.name, outcome.check_in.status, outcome.check_in.route) == ("Ada", "checked_in", "pin")
    assert await office.statuses() == {ada: "present"}


async def test_a_request_that_is_sent_again_is_answered_as_it_was_and_counts_no_attempt(office: Office) -> None:
    ada = await office.admit("ada")
    pin = await pin_of(office, ada)
    answers = [await office.services.other_route.by_pin(typed(pin)) for _ in range(MOST_PER_PERSON + 3)]
    assert all(answer == answers[0] for answer in answers)
    assert len(await office.record.store.load_check_in(check_in_id(DOOR, "r1"))) == 3


async def test_a_wrong_pin_and_nobody_are_answered_alike(office: Office) -> None:
    ada = await office.admit("ada")
    bob = await office.admit("bob")
    pin = await pin_of(office, ada)
    refused = [
        typed(wrong(pin), "r1"),
        typed(pin, "r2", user_id="nobody"),
        typed(pin, "r3", user_id="bob"),
        typed("", "r4"),
        typed("١٢٣٤٥٦", "r5"),
    ]
    for command in refused:
        assert await office.services.other_route.by_pin(command) == CredentialRefused()
    assert await office.record.check_ins.recent(limit=5) == []
    assert bob != ada


async def test_after_five_attempts_even_the_right_pin_waits(office: Office) -> None:
    pin = await pin_of(office, await office.admit("ada"))
    for number in range(MOST_PER_PERSON):
        assert await office.services.other_route.by_pin(typed(wrong(pin), f"r{number}")) == CredentialRefused()
    refused = await office.services.other_route.by_pin(typed(pin, "right"))
    assert refused == TooManyAttempts(office.minute(15))
    office.clock.time = office.minute(15)
    assert isinstance(await office.services.other_route.by_pin(typed(pin, "right")), CheckedIn)


async def test_attempts_at_once_are_counted_one_by_one(office: Office, database: str, key_file: Path) -> None:
    pin = await pin_of(office, await office.admit("ada"))
    async with open_office(database, key_file) as other:
        outcomes = await asyncio.gather(
            *(
                place.services.other_route.by_pin(typed(wrong(pin), f"{name}{number}"))
                for name, place in (("a", office), ("b", other))
                for number in range(6)
            )
        )
    assert sum(isinstance(outcome, CredentialRefused) for outcome in outcomes) == MOST_PER_PERSON
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 12 - MOST_PER_PERSON


async def test_a_code_is_enough_and_a_new_one_ends_the_old(office: Office) -> None:
    ada = await office.admit("ada")
    first = await office.services.issue_credential(ada, "qr")
    second = await office.services.issue_credential(ada, "qr")
    assert isinstance(first, CredentialIssued)
    assert isinstance(second, CredentialIssued)
    by_code = office.services.other_route.by_code
    assert await by_code(CodeCommand(station_id=DOOR, request_id="r1", code=first.secret)) == CredentialRefused()
    assert await by_code(CodeCommand(station_id=DOOR, request_id="r1", code="fcq_")) == CredentialRefused()
    outcome = await by_code(CodeCommand(station_id=DOOR, request_id="r1", code=second.secret))
    assert isinstance(outcome, CheckedIn)
    assert outcome.check_in.route == "qr"


async def test_staff_vouch_by_name_and_are_named_in_the_event(office: Office) -> None:
    ada = await office.admit("ada")
    await office.hold(ada)
    command = StaffCommand(session_id=SESSION, request_id="r1", user_id="ada", author=STAFF)
    assert isinstance(await office.services.other_route.by_staff(command), CheckedIn)
    assert await office.statuses() == {ada: "present"}
    event = (await office.record.store.load_check_in(check_in_id(DOOR, "r1")))[1]
    assert isinstance(event, IdentifiedByOtherRoute)
    assert (event.route, event.by) == ("staff", STAFF)


async def test_staff_vouch_for_nobody_and_at_no_session(office: Office) -> None:
    await office.hold()
    nobody = StaffCommand(session_id=SESSION, request_id="r1", user_id="nobody", author=STAFF)
    nowhere = StaffCommand(session_id=uuid4(), request_id="r1", user_id="nobody", author=STAFF)
    assert await office.services.other_route.by_staff(nobody) == PersonUnknown("nobody")
    assert await office.services.other_route.by_staff(nowhere) == SessionNotFound()


async def test_a_request_id_stands_for_one_person_and_one_route(office: Office) -> None:
    ada, bob = await office.admit("ada"), await office.admit("bob")
    await office.hold(ada, bob)
    pin = await pin_of(office, ada)
    assert isinstance(await office.services.other_route.by_pin(typed(pin)), CheckedIn)
    by_bob = typed(await pin_of(office, bob), user_id="bob")
    assert await office.services.other_route.by_pin(by_bob) == RequestIdReused("r1")
    vouched = StaffCommand(session_id=SESSION, request_id="r1", user_id="ada", author=STAFF)
    assert await office.services.other_route.by_staff(vouched) == RequestIdReused("r1")


async def test_an_erased_person_checks_in_with_nothing(office: Office) -> None:
    ada = await office.admit("ada")
    pin = await pin_of(office, ada)
    code = await office.services.issue_credential(ada, "qr")
    assert isinstance(code, CredentialIssued)
    assert isinstance(await office.erase(ada), ErasureReceipt)
    assert await office.services.other_route.by_pin(typed(pin)) == CredentialRefused()
    by_code = CodeCommand(station_id=DOOR, request_id="r2", code=code.secret)
    assert await office.services.other_route.by_code(by_code) == CredentialRefused()
    assert await office.services.issue_credential(ada, "pin") == PersonNotFound()
    assert await office.record.database.fetch("SELECT * FROM credential") == []


async def test_what_was_revoked_is_worth_nothing(office: Office) -> None:
    ada = await office.admit("ada")
    pin = await pin_of(office, ada)
    assert await office.services.revoke_credentials(ada) is None
    assert await office.services.other_route.by_pin(typed(pin)) == CredentialRefused()
    assert await office.services.revoke_credentials(uuid4()) == PersonNotFound()


async def test_neither_a_pin_nor_a_code_nor_a_hash_of_the_pin_is_in_the_database(office: Office) -> None:
    """The hash is sealed: without the key file a million PINs cannot be tried on it."""
    ada = await office.admit("ada")
    pin, code = await pin_of(office, ada), await office.services.issue_credential(ada, "qr")
    assert isinstance(code, CredentialIssued)
    rows = await office.record.database.fetch("SELECT convert_from(sealed, 'UTF8'), t::text FROM credential t")
    text = str(rows)
    assert '{"k":"' in text, "nothing to find"
    assert pin not in text
    assert code.secret not in text
    assert pin not in repr(typed(pin)) + repr(code)
