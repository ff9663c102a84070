"""What an analyst sees of events: every topic that is published, and none of what was sealed."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

from adapters.analytics.families import FAMILIES
from adapters.analytics.public_form import EMOTIONS, LEFT_OUT, decoders, public_form, shown_whole
from adapters.event_store.topics import TOPICS, Fields, Topics
from adapters.read_models.stations import StationsProjection
from domain import check_in as check_ins
from domain import person as persons
from domain import session_events as sessions
from domain import station_events
from domain.account import AccountEvent
from domain.attempts import Attempted
from domain.audit import AuditEvent
from domain.policy import PolicyEvent
from domain.station import StationReported
from tests.event_store import samples
from tests.event_store.golden import FOLDER


def names(kind: type[msgspec.Struct]) -> set[str]:
    return set(kind.__struct_fields__)


def test_sealed_fields_and_those_that_name_staff_or_pictures_are_left_out() -> None:
    assert names(public_form(check_ins.Started)) == {"at", "station_id", "burst_id", "captured_at"}
    assert names(public_form(persons.Registered)) == {"at"}
    assert names(public_form(check_ins.IdentityRejected)) == {
        "at",
        "reason",
        "evidence",
        "quality",
        "box",
        "timings_ms",
    }
    assert names(public_form(sessions.RosterChanged)) == {"at", "erased"}
    assert names(public_form(sessions.AttendanceCorrected)) == {"at", "status"}
    assert names(public_form(check_ins.IdentifiedByOtherRoute)) == {"at", "route"}
    assert names(public_form(station_events.Paired)) == {"at", "name", "room"}
    assert "user_code" not in names(public_form(station_events.PairingRequested))


def test_what_is_nested_loses_its_sealed_fields_too() -> None:
    closed = sessions.Closed(at=samples.AT, outcomes=())
    decode = msgspec.json.Decoder(public_form(sessions.Closed)).decode
    stored = msgspec.json.encode(closed).replace(
        b"[]", b'[{"person":{"k":"QUJD","c":"REVG"},"status":"late","check_in":null}]'
    )
    assert b"QUJD" not in msgspec.json.encode(decode(stored))
    assert msgspec.json.decode(msgspec.json.encode(decode(stored)))["outcomes"] == [
        {"status": "late", "check_in": None}
    ]


def test_only_events_of_which_nothing_is_left_out_are_shown_as_they_are_stored() -> None:
    whole = {event.__name__ for event in TOPICS.current.values() if shown_whole(event)}
    assert "Completed" in whole
    assert "StationReported" in whole
    assert whole.isdisjoint({"Started", "IdentityMatched", "Registered", "FaceEnrolled", "Closed", "RosterChanged"})


@pytest.mark.parametrize("topic", sorted(TOPICS.current))
def test_no_stored_event_shows_a_sealed_value_or_a_left_out_field(topic: str) -> None:
    _, decode = decoders()[topic]
    stored = (FOLDER / f"{topic}.stored.json").read_bytes()
    shown = msgspec.json.encode(decode(stored))
    assert b'"k":' not in shown
    assert not LEFT_OUT & set(msgspec.json.decode(shown))


def test_an_old_version_is_shown_as_the_event_that_it_became() -> None:
    def to_second(fields: Fields) -> tuple[str, Fields]:
        return "station.reported.v2", {"at": fields["at"], "station_id": fields["station"], "through": fields["at"]}

    topics = Topics(current={"station.reported.v2": StationReported}, upcasters={"station.reported.v1": to_second})
    station = uuid4()
    stored = msgspec.json.encode({"at": "2026-11-22T08:30:00Z", "station": station})
    event, decode = decoders(topics)["station.reported.v1"]
    assert event is StationReported
    assert msgspec.json.decode(msgspec.json.encode(decode(stored)))["station_id"] == str(station)


OF_THE_OFFICE = AccountEvent | AuditEvent | PolicyEvent


def test_every_event_that_happens_at_a_door_or_in_a_room_has_a_table() -> None:
    told = {event for family in FAMILIES for event in family.events}
    told_by_others = {check_ins.Completed, sessions.RosterChanged, StationReported, Attempted}
    told_by_others |= set(StationsProjection.takes)
    told_by_others |= {event for event in TOPICS.current.values() if issubclass(event, OF_THE_OFFICE)}
    assert set(TOPICS.current.values()) - told == told_by_others
    assert set(EMOTIONS) <= told
