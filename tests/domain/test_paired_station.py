"""A station's identity: codes that run out, keys that follow one another, and an end that is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import paired_station as identities
from domain.paired_station import (
    PAIRING_LASTS,
    KeyUnusable,
    NotPaired,
    PairedStation,
    PairingOver,
    PublicKey,
    StationRevoked,
    canonical_code,
    rotation_statement,
    station_id,
)
from domain.station import StationEvent, StationReported
from domain.station_events import (
    KeyRotated,
    Moved,
    Paired,
    PairingRefused,
    PairingRequested,
    Revoked,
    SettingsChanged,
    StationSettings,
)
from tests.domain.examples import NOON

FIRST, SECOND, THIRD = (PublicKey.of(bytes([number]) * 32) for number in (1, 2, 3))
ID = station_id(FIRST)
ADMIN = UUID(int=0xAD)
ARABIC = StationSettings(language="ar", emotion=False)
Told = Sequence[StationEvent]
Command = Callable[[PairedStation | None, datetime], object]


def ask(station: PairedStation | None, at: datetime = NOON, *, code: str = "BCDF-GHJK") -> object:
    return identities.request_pairing(station, FIRST, name="Station 4", software="0.1.0", user_code=code, at=at)


def known(command: Callable[[PairedStation, datetime], object]) -> Command:
    return lambda station, at: [] if station is None else command(station, at)


COMMANDS: dict[str, Command] = {
    "ask": lambda station, at: ask(station, at),
    "approve": known(lambda one, at: identities.approve(one, name="Front door", room="A1", by=ADMIN, at=at)),
    "refuse": known(lambda one, at: identities.refuse(one, by=ADMIN, at=at)),
    "rotate": known(lambda one, at: identities.rotate_key(one, SECOND, at=at)),
    "rotate again": known(lambda one, at: identities.rotate_key(one, THIRD, at=at)),
    "rotate back": known(lambda one, at: identities.rotate_key(one, FIRST, at=at)),
    "move": known(lambda one, at: identities.move(one, name="Back door", room="B2", by=ADMIN, at=at)),
    "settings": known(lambda one, at: identities.change_settings(one, ARABIC, by=ADMIN, at=at)),
    "revoke": known(lambda one, at: identities.revoke(one, by=ADMIN, at=at)),
}
# What is commanded, and how many minutes after the command before.
commands = st.lists(st.tuples(st.sampled_from(sorted(COMMANDS)), st.integers(0, 20)), max_size=14)


def told(steps: Sequence[tuple[str, int]]) -> tuple[list[StationEvent], datetime]:
    events: list[StationEvent] = []
    at = NOON
    for name, minutes in steps:
        at += timedelta(minutes=minutes)
        decided = COMMANDS[name](state(events), at)
        events += decided if isinstance(decided, list) else []
    return events, at


def state(events: Told) -> PairedStation | None:
    return identities.replay(ID, events)


def after(*names: str) -> PairedStation:
    station = state(told([(name, 0) for name in names])[0])
    assert station is not None
    return station


def test_a_device_that_asks_waits_for_fifteen_minutes() -> None:
    station = after("ask")
    assert (station.state, station.user_code, station.expires_at) == ("pending", "BCDF-GHJK", NOON + PAIRING_LASTS)
    assert station.pairing(NOON + PAIRING_LASTS - timedelta(microseconds=1)) == "pending"
    assert station.pairing(NOON + PAIRING_LASTS) == "expired"


def test_asking_again_while_it_waits_changes_nothing_and_afterwards_brings_a_new_code() -> None:
    station = after("ask")
    assert ask(station, NOON + timedelta(minutes=14), code="ZZZZ-ZZZZ") == []
    renewed = ask(station, NOON + timedelta(minutes=15), code="ZZZZ-ZZZZ")
    assert isinstance(renewed, list)
    (event,) = renewed
    assert isinstance(event, PairingRequested)
    assert (event.user_code, event.expires_at) == ("ZZZZ-ZZZZ", NOON + timedelta(minutes=30))


def test_an_approval_says_who_approved_and_repeating_it_records_nothing() -> None:
    (approved,) = told([("ask", 0), ("approve", 1)])[0][1:]
    assert approved == Paired(at=NOON + timedelta(minutes=1), name="Front door", room="A1", by=ADMIN)
    assert identities.approve(after("ask", "approve"), name="Front door", room="A1", by=None, at=NOON) == []


def test_another_approval_of_the_same_code_is_told_that_it_is_over() -> None:
    assert identities.approve(after("ask", "approve"), name="Mine", room="B", by=None, at=NOON) == PairingOver(
        "approved"
    )
    assert identities.approve(after("ask", "refuse"), name="Mine", room="B", by=None, at=NOON) == PairingOver("refused")
    late = NOON + PAIRING_LASTS
    assert identities.approve(after("ask"), name="Mine", room="B", by=None, at=late) == PairingOver("expired")


def test_a_refusal_says_who_refused_and_an_approved_one_cannot_be_refused() -> None:
    assert told([("ask", 0), ("refuse", 0)])[0][1:] == [PairingRefused(at=NOON, by=ADMIN)]
    assert identities.refuse(after("ask", "refuse"), by=None, at=NOON) == []
    assert identities.refuse(after("ask", "approve"), by=None, at=NOON) == PairingOver("approved")


def test_a_rotation_leaves_the_old_key_behind_for_ever() -> None:
    station = after("ask", "approve", "rotate")
    assert (station.key, station.retired) == (SECOND, frozenset({FIRST.id}))
    assert identities.rotate_key(station, SECOND, at=NOON) == []
    assert isinstance(identities.rotate_key(station, FIRST, at=NOON), KeyUnusable)
    assert isinstance(ask(station), KeyUnusable), "the old key cannot ask to be paired either"


@pytest.mark.parametrize("names", [["ask"], ["ask", "refuse"]])
def test_what_was_never_approved_is_no_station(names: list[str]) -> None:
    station = after(*names)
    assert identities.rotate_key(station, SECOND, at=NOON) == NotPaired()
    assert identities.move(station, name="x", room="y", by=None, at=NOON) == NotPaired()
    assert identities.change_settings(station, ARABIC, by=None, at=NOON) == NotPaired()
    assert identities.revoke(station, by=None, at=NOON) == NotPaired()


def test_settings_are_numbered_by_their_changes() -> None:
    assert after("ask", "approve").settings_version == 1
    changed = after("ask", "approve", "settings")
    assert (changed.settings, changed.settings_version) == (ARABIC, 2)
    assert identities.change_settings(changed, ARABIC, by=None, at=NOON) == []


def test_a_stream_starts_with_a_request_and_holds_no_other_kind() -> None:
    with pytest.raises(ValueError, match="starts with PairingRequested"):
        identities.replay(ID, [Revoked(at=NOON, by=None)])
    with pytest.raises(TypeError, match="StationReported"):
        identities.evolve(after("ask"), StationReported(at=NOON, station_id=ID, through=NOON), id=ID)


def test_a_code_is_known_however_it_was_typed() -> None:
    assert {canonical_code(typed) for typed in ("BCDF-GHJK", "bcdfghjk", " bcdf ghjk ")} == {"BCDF-GHJK"}


def test_a_proof_names_the_station_and_the_key() -> None:
    statement = rotation_statement(ID, SECOND)
    assert statement == b"facecheckin key rotation " + str(ID).encode() + b" " + bytes([2]) * 32


@given(st.binary(min_size=32, max_size=32))
def test_a_key_travels_as_text_and_comes_back(raw: bytes) -> None:
    key = PublicKey.of(raw)
    assert key.raw == raw
    assert (len(key.encoded), len(key.id)) == (43, 16)


@given(commands)
def test_replaying_all_events_is_evolving_one_by_one(steps: list[tuple[str, int]]) -> None:
    station: PairedStation | None = None
    events, _ = told(steps)
    for count, event in enumerate(events, start=1):
        station = identities.evolve(station, event, id=ID)
        assert station.version == count
        assert station == state(events[:count])


@given(commands, st.sampled_from(sorted(COMMANDS)))
def test_a_command_that_is_retried_adds_no_events(steps: list[tuple[str, int]], name: str) -> None:
    events, at = told(steps)
    decided = COMMANDS[name](state(events), at)
    if isinstance(decided, list):
        assert COMMANDS[name](state([*events, *decided]), at) == []


@given(commands, commands)
def test_a_revoked_station_stays_revoked_whatever_comes(
    before: list[tuple[str, int]], afterwards: list[tuple[str, int]]
) -> None:
    events, at = told([("ask", 0), ("approve", 0), *before, ("revoke", 0)])
    station = state(events)
    assert station is not None
    assert station.state == "revoked"
    for name, minutes in afterwards:
        at += timedelta(minutes=minutes)
        assert COMMANDS[name](station, at) in ([], StationRevoked(), PairingOver("approved"))


@given(commands)
def test_only_an_approved_key_acts_and_one_at_a_time(steps: list[tuple[str, int]]) -> None:
    events, _ = told(steps)
    keys: list[str] = []
    approved = False
    for event in events:
        if isinstance(event, PairingRequested):
            assert not approved, "a station is not paired twice"
            keys = [event.key_id]
        elif isinstance(event, Paired):
            approved = True
        elif isinstance(event, KeyRotated | Moved | SettingsChanged | Revoked):
            assert approved
            keys += [event.key_id] if isinstance(event, KeyRotated) else []
    station = state(events)
    if station is not None:
        assert station.key.id == keys[-1]
        assert station.retired == frozenset(keys[:-1])
        assert len(set(keys)) == len(keys)
