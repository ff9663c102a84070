"""Events of a made-up station's identity, as the domain makes them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain import paired_station as identities
from domain.paired_station import PairedStation, PublicKey
from domain.station import StationEvent
from domain.station_events import StationSettings
from tests.event_store.samples import AT, later

KEY, NEXT_KEY, OTHER_KEY = (PublicKey.of(bytes([number]) * 32) for number in (1, 2, 3))
ADMIN = UUID("ad000000-0000-4000-8000-000000000001")
ARABIC = StationSettings(language="ar", cooldown_s=2.5, retake_limit=2, capture="key", heartbeat_s=60.0, emotion=False)


def requested(key: PublicKey = KEY, user_code: str = "BCDF-GHJK") -> list[StationEvent]:
    events = identities.request_pairing(None, key, name="Station 4", software="0.1.0", user_code=user_code, at=AT)
    assert isinstance(events, list)
    return events


def paired(key: PublicKey = KEY) -> list[StationEvent]:
    events = requested(key)
    return after(events, identities.approve(station(events), name="Front door", room="A1", by=ADMIN, at=later(60)))


def station(events: Sequence[StationEvent], key: PublicKey = KEY) -> PairedStation:
    state = identities.replay(identities.station_id(key), events)
    assert state is not None
    return state


def after(events: Sequence[StationEvent], decided: object) -> list[StationEvent]:
    """`events`, and those that were decided then."""
    assert isinstance(decided, list), decided
    return [*events, *decided]


def one_of_each() -> list[StationEvent]:
    refused = identities.refuse(station(requested()), by=ADMIN, at=later(60))
    assert isinstance(refused, list)
    events = paired()
    events = after(events, identities.rotate_key(station(events), NEXT_KEY, at=later(120)))
    events = after(events, identities.move(station(events), name="Back door", room="B2", by=ADMIN, at=later(180)))
    events = after(events, identities.change_settings(station(events), ARABIC, by=ADMIN, at=later(240)))
    return [*after(events, identities.revoke(station(events), by=None, at=later(300))), *refused]
