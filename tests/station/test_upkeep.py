"""Beside the check-ins: the heartbeat, the settings it brings, the progress, and what a revocation does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_device.identity import Identity
from edge_device.identity_steps import Accepted, Moved, Revoked, SettingsTaken
from edge_device.pushed_settings import PushedSettings
from edge_device.steps import Buried, Paused, Settled
from edge_device.version import SOFTWARE
from tests.station.fault_server import FaultServer
from tests.station.identity_bench import enlisted, paired


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer().running() as running:
        yield running


def test_a_heartbeat_says_how_the_station_is(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            await bench.upkeep.round()
            await bench.upkeep.round()

    asyncio.run(scenario())
    first, second = server.office.beats
    assert (first["software"], first["camera"], first["clock_offset_ms"]) == (SOFTWARE, "ok", None)
    assert (first["queue_items"], first["queue_bytes"], first["dead_letters"]) == (0, 0, 0)
    assert first["delivered_through"] is None
    assert abs(second["clock_offset_ms"]) < 1500
    assert 0 <= first["uptime_s"] <= second["uptime_s"]
    assert datetime.fromisoformat(second["delivered_through"]) < datetime.now(UTC)


def test_settings_are_in_force_from_the_next_request_on(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            server.office.settings |= {"language": "de", "heartbeat_s": 7.0, "capture": "telepathy"}
            server.office.settings_version = 5
            await bench.upkeep.round()
            assert bench.of(SettingsTaken) == [SettingsTaken(version=5, kept=("capture",))]
            assert bench.settings.current.heartbeat_s == 7.0
            bench.put()
            await bench.until(Settled)
            await bench.upkeep.round()
            assert len(bench.of(SettingsTaken)) == 1

    asyncio.run(scenario())
    assert server.office.languages[0] == "en"
    assert set(server.office.languages[2:]) == {"de"}


def test_a_station_that_was_moved_knows_its_new_place(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            server.office.name, server.office.room = "Back door", "B2"
            await bench.upkeep.round()
            await bench.upkeep.round()
            assert bench.of(Moved) == [Moved(name="Back door", room="B2")]

    asyncio.run(scenario())
    pairing = Identity(tmp_path).pairing
    assert pairing is not None
    assert (pairing.name, pairing.room) == ("Back door", "B2")


def test_progress_is_told_only_when_nothing_waits(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            server.always = lambda _: "reset-before"
            bench.put()
            await bench.upkeep.round()
            await bench.upkeep.round()
            assert server.office.progress == []
            assert server.office.beats[-1]["queue_items"] == 1
            assert server.office.beats[-1]["delivered_through"] is None
            server.always = lambda _: None
            await bench.drained()
            await bench.upkeep.round()
            (through,) = server.office.progress
            assert datetime.now(UTC) - datetime.fromisoformat(through) < timedelta(seconds=30)

    asyncio.run(scenario())


def test_a_revoked_station_keeps_what_it_saved_and_says_so(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            await bench.upkeep.round()
            server.office.revoke()
            for number in range(1, 5):
                bench.put(number)
            await bench.until(Paused, 4)
            assert [(step.code, step.waiting) for step in bench.of(Revoked)] == [("signature-invalid", 4)]
            assert "has to be paired anew" in bench.of(Paused)[0].sentence
            await bench.upkeep.round()
            assert bench.outbox.waiting_items == 4
            assert bench.of(Buried) == []
        assert server.effects == {}
        Identity(tmp_path).forget()
        enlisted(tmp_path, server)
        async with paired(tmp_path, server) as bench:
            await bench.drained()
        assert sorted(server.effects.values()) == [4, 4]  # the four are copies

    asyncio.run(scenario())


def test_a_revocation_that_is_taken_back_is_said_too(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            key = server.office.station_key
            server.office.revoke()
            bench.put()
            await bench.until(Revoked)
            server.office.station_key = key
            await bench.until(Accepted)
            await bench.drained()

    asyncio.run(scenario())


def test_a_server_that_does_not_answer_ends_no_round(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            server.office.faults.extend(["reset-before", "portal", "500-before", "cut"])
            for _ in range(4):
                await bench.upkeep.round()
            await bench.upkeep.round()

    asyncio.run(scenario())
    assert len(server.office.beats) >= 2


def test_a_round_comes_as_often_as_the_settings_say(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            bench.settings.current = PushedSettings(heartbeat_s=0.02)
            server.office.settings.pop("heartbeat_s")
            rounds = asyncio.create_task(bench.upkeep.run())
            async with asyncio.timeout(20):
                while len(server.office.beats) < 4:  # noqa: ASYNC110 - the server is in another thread
                    await asyncio.sleep(0.01)
            rounds.cancel()

    asyncio.run(scenario())


def test_settings_that_cannot_be_kept_are_asked_for_again(tmp_path: Path, server: FaultServer) -> None:
    async def scenario() -> None:
        async with paired(tmp_path, server) as bench:
            (tmp_path / "settings.json.new").mkdir()
            await bench.upkeep.round()
            assert bench.settings.version == 0
            (tmp_path / "settings.json.new").rmdir()
            await bench.upkeep.round()
            assert bench.settings.version == 1

    asyncio.run(scenario())
