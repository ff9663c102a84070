"""The key is replaced, and neither a lost answer nor a power cut at any instant locks the station out."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge_device.clock import ServerClock
from edge_device.credentials import Signing
from edge_device.device_key import CURRENT_KEY, NEXT_KEY, DeviceKey
from edge_device.exchange import Exchange, Unreachable
from edge_device.identity import Identity
from edge_device.identity_contract import KEYS_PATH, confirms_key, rotation_request
from edge_device.identity_steps import KeyRotated, Revoked
from edge_device.rotation import Rotation
from edge_device.steps import Settled
from tests.station.bench import IMPATIENT
from tests.station.fault_server import FaultName, FaultServer, Reply, problem
from tests.station.identity_bench import PairedBench, enlisted, is_known, paired

AFTER_THE_EFFECT: list[FaultName] = ["500-after", "cut", "hang-after", "reset-after"]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(hang_s=0.4).running() as running:
        yield running


async def rotated(bench: PairedBench) -> bool:
    try:
        return await bench.rotation.rotate()
    except Unreachable:
        return False


def test_only_the_new_key_is_accepted_and_kept(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            old = bench.identity.keys.made()
            assert await rotated(bench)
            new = bench.identity.keys.made()
            assert new.key_id != old.key_id
            assert server.office.station_key == new.public_bytes
            assert [step.key_id for step in bench.of(KeyRotated)] == [new.key_id]
            assert bench.identity.pairing is not None
            assert bench.identity.pairing.key_since is not None
        assert (tmp_path / CURRENT_KEY).stat().st_mode & 0o777 == 0o600
        assert Identity(tmp_path).keys.next is None
        assert await is_known(tmp_path, server)

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", AFTER_THE_EFFECT)
def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    tmp_path: Path, server: FaultServer, fault: FaultName
) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            server.office.faults.append(fault)
            assert not await rotated(bench)
            bench.put()
            await bench.until(Settled)
            assert bench.rotation.due
            assert await rotated(bench)
            assert bench.of(Revoked) == []
        assert len(server.office.rotations) == 1
        assert await is_known(tmp_path, server)

    asyncio.run(scenario())


def test_a_request_that_did_not_arrive_leaves_the_old_key_in_use(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            server.office.faults.append("reset-before")
            assert not await rotated(bench)
            next_key = bench.identity.keys.prepared()
            bench.put()
            await bench.until(Settled)
            assert await rotated(bench)
            assert bench.identity.keys.made().key_id == next_key.key_id

    asyncio.run(scenario())


PORTAL = Reply(200, b"{}", {"content-type": "application/json"})


@pytest.mark.parametrize("answer", [PORTAL, problem(422, "key-unusable", "never"), problem(500, "internal", "never")])
def test_only_the_servers_own_word_ends_the_old_key(tmp_path: Path, server: FaultServer, answer: Reply) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            server.office.faults.append(answer)
            assert not await rotated(bench)
        assert await is_known(tmp_path, server)
        assert Identity(tmp_path).keys.next is not None

    asyncio.run(scenario())


class PowerCut(BaseException):
    """Nothing after this instant happened."""


class Power:
    """Fails at the nth thing that is done to the disk or sent, and at each one after it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, cut_at: int) -> None:
        self.instants = 0
        self._cut_at = cut_at
        watched = ((os, "open"), (os, "fsync"), (Path, "rename"), (Path, "unlink"), (Exchange, "post"))
        for owner, name in watched:
            monkeypatch.setattr(owner, name, self._watched(getattr(owner, name)))

    def _watched(self, work: Any) -> Any:  # Any: five functions with nothing in common
        def watched(*arguments: Any, **options: Any) -> Any:
            self.instants += 1
            if self.instants >= self._cut_at:
                raise PowerCut
            return work(*arguments, **options)

        return watched


Rotate = Callable[[Identity, Exchange], Awaitable[None]]


async def rotate_well(identity: Identity, exchange: Exchange) -> None:
    assert await Rotation(identity, exchange, ServerClock(), lambda _: None).rotate()


async def rotate_hastily(identity: Identity, exchange: Exchange) -> None:
    """A control: the new key takes the old one's place before the server has confirmed it."""
    pairing = identity.pairing
    assert pairing is not None
    next_key = identity.keys.prepared()
    (identity.folder / NEXT_KEY).rename(identity.folder / CURRENT_KEY)
    answer = await exchange.post(KEYS_PATH, rotation_request(pairing.station_id, next_key))
    assert confirms_key(answer, next_key)


async def cut_at(folder: Path, server: FaultServer, instant: int, rotate: Rotate) -> tuple[bool, bool]:
    """Whether the rotation ended before the cut, and whether the station that starts afterwards is known."""
    identity = enlisted(folder, server)
    exchange = Exchange(server.url, Signing(lambda: identity.keys), ServerClock(), IMPATIENT)
    ended = True
    with pytest.MonkeyPatch.context() as monkeypatch:
        Power(monkeypatch, cut_at=instant)
        try:
            await rotate(identity, exchange)
        except PowerCut:
            ended = False
    await exchange.close()
    return ended, await is_known(folder, server)


@pytest.mark.parametrize(("rotate", "locked_out"), [(rotate_well, False), (rotate_hastily, True)])
def test_a_power_cut_at_no_instant_of_a_rotation_locks_the_station_out(
    tmp_path: Path, server: FaultServer, rotate: Rotate, locked_out: bool
) -> None:
    async def scenario() -> list[bool]:
        known = []
        for instant in range(1, 40):
            ended, is_known_after = await cut_at(tmp_path / str(instant), server, instant, rotate)
            known.append(is_known_after)
            if ended:
                assert instant > 5, "the rotation does more than that"
                return known
        raise AssertionError("the rotation has more instants than were cut")

    assert (False in asyncio.run(scenario())) is locked_out


def test_a_key_is_replaced_by_itself_when_it_is_old_and_nothing_waits(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server, key_life=timedelta(days=90)) as bench:
            old = bench.identity.keys.made()
            await bench.upkeep.round()
            assert bench.identity.keys.made().key_id == old.key_id
            since = json.loads((tmp_path / "pairing.json").read_text(encoding="utf-8"))["key_since"]
            assert abs(datetime.fromisoformat(since) - datetime.now(UTC)) < timedelta(seconds=5)
            server.office.clock_ahead_s = timedelta(days=91).total_seconds()
            await bench.upkeep.round()
            assert bench.identity.keys.made().key_id != old.key_id
        assert await is_known(tmp_path, server)

    asyncio.run(scenario())


def test_an_unfinished_rotation_is_finished_after_a_restart(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            server.office.faults.append("reset-after")
            assert not await rotated(bench)
        async with paired(tmp_path, server) as bench:
            await bench.upkeep.round()
            assert bench.identity.keys.next is None
            assert len(bench.of(KeyRotated)) == 1
        assert len(server.office.rotations) == 1

    asyncio.run(scenario())


def test_a_key_keeps_its_name() -> None:
    key = DeviceKey(bytes(range(32)))
    assert (key.key_id, key.public_text) == ("56475aa75463474c", "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg")
