"""An export holds everything on one person, readable by a machine, and nothing on anybody else."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.http.access_tokens import AccessTokens
from application.export_person import FORMAT, HeldConsent, PersonExport
from application.people import PersonNotFound
from application.register_person import CONSENT_TEXT_VERSION
from tests.application.house import DOOR
from tests.data_subjects.bureau import Bureau, embedding
from tests.event_store import session_samples
from tests.event_store.samples import READING

pytestmark = pytest.mark.anyio


async def exported(bureau: Bureau, person: UUID) -> PersonExport:
    held = await bureau.subjects.export_person(person)
    assert isinstance(held, PersonExport)
    return held


async def test_it_reads_back_from_json_with_who_it_is_and_in_which_format(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face")
    held = await exported(bureau, ada)
    assert msgspec.json.decode(msgspec.json.encode(held), type=PersonExport) == held
    assert (held.format, held.person, held.user_id, held.name) == (FORMAT, ada, "ada", "Ada Lovelace")


async def test_templates_are_numbers(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face", templates=[1, 2])
    await bureau.admit("bob", "face", templates=[3])
    templates = (await exported(bureau, ada)).rows["face_template"]
    given = sorted(template["embedding"][0] for template in templates)
    assert given == pytest.approx(sorted(float(embedding(seed)[0]) for seed in (1, 2)))


async def test_consents_are_told_with_their_text_and_their_end(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face")
    began = bureau.clock.now()
    bureau.clock.pass_s(60)
    await bureau.subjects.change_consent.withdraw(ada, "face")
    bureau.clock.pass_s(60)
    await bureau.subjects.change_consent.give(ada, "face")
    first, second = (await exported(bureau, ada)).consents
    assert first.withdrawn_at is not None
    assert (first.given_at, (first.withdrawn_at - began).total_seconds()) == (began, 60)
    assert second == HeldConsent(purpose="face", text_version=CONSENT_TEXT_VERSION, given_at=bureau.clock.now())


async def test_check_ins_come_with_their_own_emotion_and_those_of_others_do_not(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face", "emotion")
    bob = await bureau.admit("bob", "face", "emotion")
    mine = await bureau.check_in("mine", ada, emotion=True)
    theirs = await bureau.check_in("theirs", bob, emotion=True)
    held = await exported(bureau, ada)
    (check_in,) = held.check_ins
    assert (check_in.id, check_in.station_id, check_in.status, check_in.route) == (mine, DOOR, "checked_in", "face")
    assert check_in.emotion == READING
    assert str(theirs) not in msgspec.json.encode(held).decode()
    assert "checkin.emotion_recognised.v1" in [event.topic for event in held.events if event.stream == mine]


async def test_every_event_that_says_something_of_them_is_there_and_says_nothing_of_others(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face", templates=[1])
    bob = await bureau.admit("bob", "face")
    confused = await bureau.check_in("confused", ada, bob, claimed=bob)
    events = session_samples.scheduled(DOOR, people=[ada, bob])
    events += session_samples.corrected(events, ada)
    await bureau.seen(await bureau.record.store.append(session_samples.SESSION, 0, events))
    held = await exported(bureau, ada)
    text = msgspec.json.encode(held).decode()
    assert str(bob) not in text
    assert "Bob" not in text
    by_topic = {event.topic: event for event in held.events}
    assert by_topic["session.roster_changed.v1"].event["roster"] == [str(ada)]
    assert by_topic["session.attendance_corrected.v1"].event["reason"]
    rejected = by_topic["checkin.identity_rejected.v1"]
    assert (rejected.stream, rejected.event["candidates"]) == (confused, [str(ada)])
    assert by_topic["person.registered.v1"].event["name"] == "Ada Lovelace"
    assert held.check_ins == []
    assert [event.position for event in held.events] == sorted(event.position for event in held.events)


async def test_rows_are_there_and_secrets_are_not(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face")
    pin = await bureau.record.credentials.issue_pin(ada)
    token = await AccessTokens(bureau.record.database).create("person", "the phone", subject=ada)
    rows = (await exported(bureau, ada)).rows
    assert set(rows) == {"people", "user_id_claim", "credential", "last_seen", "access_token"}
    assert set(rows["credential"][0]) == {"person", "kind", "created_at"}
    assert rows["access_token"][0]["name"] == "the phone"
    assert "token_sha256" not in rows["access_token"][0]
    text = msgspec.json.encode(rows).decode()
    assert pin not in text.replace(str(ada), "")
    assert token.token not in text


async def test_nothing_is_held_on_somebody_erased_or_unknown(bureau: Bureau) -> None:
    ada = await bureau.admit("ada", "face")
    await bureau.subjects.erase_person(ada)
    assert await bureau.subjects.export_person(ada) == PersonNotFound()
    assert await bureau.subjects.export_person(uuid4()) == PersonNotFound()
