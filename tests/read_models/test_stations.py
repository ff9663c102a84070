"""Stations through the whole record: how many may wait, whose code is whose, what is kept of a station's health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projection_rebuild import rebuild
from adapters.http.nonces import Nonces
from adapters.read_models.station_health import PostgresStationHealths
from adapters.read_models.stations import PostgresStations, StationsProjection
from adapters.record import Record, open_record
from adapters.station_wiring import new_code
from application.pairing import MOST_PENDING, DecidePairing, FollowPairing, Pairing, RequestPairing, TooManyPairings
from application.ports import StationHealth
from application.stations import ManageStation, RotateKey
from domain.paired_station import CODE_LETTERS, PAIRING_LASTS, KeyUnusable, PairedStation, PairingOver, PublicKey
from tests.event_store.samples import AT
from tests.event_store.station_samples import ADMIN, ARABIC, KEY, NEXT_KEY, OTHER_KEY, one_of_each

pytestmark = pytest.mark.anyio


class TurnedClock:
    def __init__(self) -> None:
        self.at = AT

    def now(self) -> datetime:
        return self.at


class Office:
    """The use cases of pairing over a record, at a time of the test's choosing."""

    def __init__(self, record: Record) -> None:
        store, projections = record.store, record.projections
        self.clock = TurnedClock()
        self.stations = PostgresStations(record.database)
        self.ask = RequestPairing(
            store=store, stations=self.stations, projections=projections, clock=self.clock, new_code=new_code
        )
        self.follow = FollowPairing(store=store, clock=self.clock)
        self.decide = DecidePairing(store=store, stations=self.stations, projections=projections, clock=self.clock)
        self.rotate = RotateKey(store=store, stations=self.stations, projections=projections, clock=self.clock)
        self.manage = ManageStation(store=store, projections=projections, clock=self.clock)

    async def pending(self, key: PublicKey) -> PairedStation:
        pairing = await self.ask(key, name="Station 4", software="0.1.0")
        assert isinstance(pairing, Pairing)
        return pairing.station


@asynccontextmanager
async def opened(dsn: str, key_file: Path) -> AsyncIterator[tuple[Record, Office]]:
    async with open_record(dsn, key_file) as record:
        yield record, Office(record)


async def test_a_code_runs_out_and_the_next_one_is_another(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as (_, office):
        station = await office.pending(KEY)
        office.clock.at += PAIRING_LASTS
        followed = await office.follow(station.id)
        assert followed is not None
        assert followed.status == "expired"
        assert await office.stations.pending(office.clock.at) == []
        late = await office.decide.approve(station.user_code, name="Door", room="A1", by=ADMIN)
        assert late == PairingOver("expired")
        renewed = await office.pending(KEY)
        assert (renewed.id, renewed.state) == (station.id, "pending")
        assert renewed.user_code != station.user_code
        approved = await office.decide.approve(renewed.user_code, name="Door", room="A1", by=ADMIN)
        assert isinstance(approved, PairedStation)


async def test_so_many_wait_and_no_more_until_the_first_runs_out(database: str, key_file: Path) -> None:
    numbers = count(1000)
    async with opened(database, key_file) as (_, office):
        for _ in range(MOST_PENDING):
            await office.pending(PublicKey.of(next(numbers).to_bytes(32, "big")))
            office.clock.at += timedelta(seconds=1)
        one_more = PublicKey.of(next(numbers).to_bytes(32, "big"))
        refused = await office.ask(one_more, name="Station", software="0.1.0")
        assert refused == TooManyPairings(AT + PAIRING_LASTS)
        known = PublicKey.of((1000).to_bytes(32, "big"))
        assert (await office.pending(known)).state == "pending", "who waits already is answered"
        office.clock.at = AT + PAIRING_LASTS
        assert (await office.pending(one_more)).state == "pending"


async def test_a_device_that_asks_many_times_at_once_gets_one_code(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as (record, office):
        asked = await asyncio.gather(*(office.pending(KEY) for _ in range(8)))
        assert len({station.user_code for station in asked}) == 1
        assert len(await record.store.load_station(asked[0].id)) == 1


async def test_a_key_belongs_to_one_station(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as (_, office):
        for key, name in ((KEY, "Front"), (OTHER_KEY, "Back")):
            station = await office.pending(key)
            await office.decide.approve(station.user_code, name=name, room="A1", by=ADMIN)
        front = (await office.pending(KEY)).id
        assert isinstance(await office.rotate(front, OTHER_KEY), KeyUnusable)
        assert isinstance(await office.rotate(front, NEXT_KEY), PairedStation)
        assert isinstance(await office.ask(NEXT_KEY, name="Third", software="0.1.0"), KeyUnusable)


async def test_the_read_model_says_what_the_events_say_and_so_does_a_rebuild(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as (record, office):
        station = await office.pending(KEY)
        await office.decide.approve(station.user_code, name="Front door", room="A1", by=ADMIN)
        await office.rotate(station.id, NEXT_KEY)
        await office.manage.move(station.id, name="Back door", room="B2", by=ADMIN)
        await office.manage.change_settings(station.id, ARABIC, by=ADMIN)
        for _ in range(2):
            (shown,) = await office.stations.paired()
            assert (shown.id, shown.name, shown.room) == (station.id, "Back door", "B2")
            assert (shown.key_id, shown.settings, shown.settings_version) == (NEXT_KEY.id, ARABIC, 2)
            holder = await office.stations.holder(NEXT_KEY.id)
            assert holder is not None
            assert (holder.public_key, holder.paired, holder.current) == (NEXT_KEY.encoded, True, True)
            assert await office.stations.holder(KEY.id) is None
            await asyncio.to_thread(
                rebuild, database, StationsProjection(), SealingMapper(record.keys), record.keys, page=2
            )
        await office.manage.revoke(station.id, by=ADMIN)
        (shown,) = await office.stations.paired()
        assert shown.revoked_at == AT


async def test_every_kind_of_event_is_projected(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as (record, _):
        events = one_of_each()
        position = await record.store.append(station := uuid4(), 0, events)
        await record.projections.wait(position, 30)
        rows = await record.database.fetch("SELECT version FROM station WHERE id = %s", (station,))
        assert rows == [(len(events),)]
        assert {type(event) for event in events} == set(StationsProjection.takes)


async def test_of_two_heartbeats_the_later_one_is_kept_whichever_comes_first(database: str, key_file: Path) -> None:
    station = uuid4()
    early, late = (
        StationHealth(
            at=AT + timedelta(seconds=second),
            software="0.1.0",
            queue_items=second,
            queue_bytes=0,
            dead_letters=0,
            camera="ok",
            clock_offset_ms=None,
            uptime_s=float(second),
            delivered_through=None,
        )
        for second in (1, 2)
    )
    async with opened(database, key_file) as (record, _):
        healths = PostgresStationHealths(record.database)
        await healths.keep(station, late)
        await healths.keep(station, early)
        assert await healths.latest() == {station: late}


async def test_a_nonce_is_taken_once_and_deleted_when_it_could_not_be_used_again(database: str, key_file: Path) -> None:
    async with opened(database, key_file) as (record, _):
        gone, kept = timedelta(seconds=-1), timedelta(minutes=5)
        nonces = Nonces(record.database)
        assert await nonces.take("a", "1", keep=kept)
        assert not await nonces.take("a", "1", keep=kept)
        assert await nonces.take("b", "1", keep=kept)
        together = await asyncio.gather(*(Nonces(record.database).take("a", "2", keep=kept) for _ in range(8)))
        assert sorted(together) == [False] * 7 + [True]
        assert await nonces.take("a", "3", keep=gone)
        assert await record.database.fetch("SELECT count(*) FROM signature_nonce") == [(4,)]
        assert await Nonces(record.database).take("a", "4", keep=kept), "another process deletes on its first request"
        assert sorted(await record.database.fetch("SELECT nonce FROM signature_nonce WHERE key_id = 'a'")) == [
            ("1",),
            ("2",),
            ("4",),
        ]


async def test_codes_are_eight_letters_that_nobody_reads_wrongly() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        assert len(code) == 9
        assert code[4] == "-"
        assert set(code) - {"-"} <= set(CODE_LETTERS)
