"""The station commands as an operator types them, over a real database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.cli import facecheckin
from adapters.clock import SystemClock
from adapters.commands.running import run
from adapters.record import open_record
from adapters.station_wiring import join_stations
from application.pairing import Pairing
from domain.paired_station import PairedStation
from tests.event_store.station_samples import KEY


@pytest.fixture(autouse=True)
def _house(database: str, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("FACECHECKIN_KEYS", str(key_file))
    monkeypatch.setenv("COLUMNS", "220")


def type_in(*arguments: str) -> Result:
    return CliRunner().invoke(facecheckin, ["stations", *arguments])


async def ask(dsn: str, key_file: Path) -> PairedStation:
    async with open_record(dsn, key_file) as record, asyncio.timeout(20):
        pairing = await join_stations(record, SystemClock()).request_pairing(KEY, name="Station 4", software="0.1.0")
        assert isinstance(pairing, Pairing)
        return pairing.station


def test_a_device_is_approved_moved_listed_and_revoked(database: str, key_file: Path) -> None:
    station = run(ask(database, key_file))
    waiting = type_in("list").output
    assert station.user_code in waiting
    assert "Station 4" in waiting
    approved = type_in("approve", station.user_code.lower(), "--name", "Front door", "--room", "A1")
    assert approved.output == f"paired {station.id}\n"
    assert type_in("move", str(station.id), "--name", "Back [door]", "--room", "B2").output == "moved\n"
    listed = type_in("list").output
    assert "Back [door]" in listed
    assert KEY.id in listed
    assert station.user_code not in listed
    assert type_in("revoke", str(station.id)).output == "revoked\n"
    refused = type_in("move", str(station.id), "--name", "x", "--room", "y")
    assert (refused.exit_code, "was revoked" in refused.output) == (1, True)


def test_a_code_that_nobody_shows_is_said_to_be_none() -> None:
    refused = type_in("approve", "BBBB-BBBB", "--name", "x", "--room", "y")
    assert refused.exit_code == 1
    assert "no device that shows this code" in refused.output
