"""The station program against the real server: paired, moved, told settings, its key replaced, revoked, paired anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge_device.clock import ServerClock
from edge_device.contract import PATHS, parse_problem
from edge_device.credentials import Signing
from edge_device.delivered import Delivered
from edge_device.exchange import Exchange
from edge_device.identity import Identity, Pairing
from edge_device.identity_contract import PROGRESS_PATH, progress_request
from edge_device.identity_steps import KeyRotated, Moved, PairingCode, SettingsTaken
from edge_device.outbox_file import open_outbox
from edge_device.pairing import PairingPlan, pair
from edge_device.pushed_settings import SettingsInForce
from edge_device.rotation import Rotation
from edge_device.standing import standing
from edge_device.steps import Step
from edge_device.upkeep import Upkeep
from tests.http.live_server import LiveServer

SETTINGS = {
    "language": "de",
    "cooldown_s": 1.5,
    "retake_limit": 0,
    "capture": "gpio",
    "heartbeat_s": 10.0,
    "emotion": False,
}


def address(server: LiveServer) -> str:
    return f"http://127.0.0.1:{server.port}"


def paired(folder: Path, server: LiveServer, name: str) -> Pairing:
    """As soon as the station shows its code, an administrator approves it."""

    def approve(step: Step) -> None:
        if isinstance(step, PairingCode):
            with server.client("admin") as admin:
                body = {"user_code": step.code, "name": name, "room": "A1"}
                assert admin.post("/api/stations/pairings/approve/", json=body).status_code == 200

    plan = PairingPlan(server=address(server), name="unnamed", poll_cap_s=0.05)
    return asyncio.run(pair(Identity(folder), plan, approve))


@asynccontextmanager
async def kept_up(
    folder: Path, server: LiveServer, steps: list[Step]
) -> AsyncIterator[tuple[Upkeep, Exchange, Rotation]]:
    identity, clock, settings = Identity(folder), ServerClock(), SettingsInForce(folder)
    exchange = Exchange(
        address(server), Signing(lambda: identity.keys), clock, language=lambda: settings.current.language
    )
    rotation = Rotation(identity, exchange, clock, steps.append)
    opened = open_outbox(folder, boot_id="this boot")
    try:
        yield (
            Upkeep(
                exchange,
                opened.outbox,
                clock,
                Delivered(opened.outbox, clock, lambda: None),
                settings,
                steps.append,
                camera=lambda: "ok",
                identity=identity,
                rotation=rotation,
            ),
            exchange,
            rotation,
        )
    finally:
        await exchange.close()
        opened.close()


def test_a_station_lives_by_its_own_key(tmp_path: Path, busy_server: LiveServer) -> None:
    pairing = paired(tmp_path, busy_server, "Front door")
    assert (pairing.name, pairing.room, pairing.server) == ("Front door", "A1", address(busy_server))
    with busy_server.client("admin") as admin:
        station = f"/api/stations/{pairing.station_id}"
        assert admin.post(f"{station}/settings/", json=SETTINGS).status_code == 200
        assert admin.post(f"{station}/move/", json={"name": "Back door", "room": "B2"}).status_code == 200
    steps: list[Step] = []

    async def live() -> None:
        async with kept_up(tmp_path, busy_server, steps) as (upkeep, exchange, rotation):
            await upkeep.round()
            assert [type(step) for step in steps] == [SettingsTaken, Moved]
            await upkeep.round()
            through = datetime.now(UTC) - timedelta(minutes=1)
            assert (await exchange.post(PROGRESS_PATH, progress_request(through))).status == 204
            assert await rotation.rotate()
            await upkeep.round()
            refused = await exchange.post(PATHS["identify"], b"{}")
            problem = parse_problem(refused.headers["content-type"], refused.body)
            assert problem is not None
            assert (problem.code, refused.headers["content-language"]) == ("request-malformed", "de")

    asyncio.run(live())
    keys = [step.key_id for step in steps if isinstance(step, KeyRotated)]
    with busy_server.client("staff") as staff:
        (shown,) = [one for one in staff.get("/api/stations/").json() if one["id"] == pairing.station_id]
    assert (shown["name"], shown["room"], [shown["key_id"]]) == ("Back door", "B2", keys)
    assert (shown["settings"], shown["health"]["camera"]) == (SETTINGS, "ok")
    assert abs(shown["health"]["clock_offset_ms"]) < 2000


def test_a_station_whose_clock_is_wrong_is_heard_all_the_same(tmp_path: Path, busy_server: LiveServer) -> None:
    paired(tmp_path, busy_server, "Side door")
    identity, clock = Identity(tmp_path), ServerClock()
    now_s = time.monotonic()
    clock.observe("Thu, 01 Jan 1970 00:00:10 GMT", sent_s=now_s, received_s=now_s + 0.01)

    async def ask() -> int:
        exchange = Exchange(address(busy_server), Signing(lambda: identity.keys), clock)
        try:
            return (await exchange.post(PATHS["identify"], b"{}")).status
        finally:
            await exchange.close()

    assert asyncio.run(ask()) == 400
    learnt = clock.wall_time(time.monotonic_ns())
    assert learnt is not None
    assert abs(learnt - datetime.now(UTC)) < timedelta(seconds=2)


def test_a_revoked_station_can_only_be_paired_anew(tmp_path: Path, busy_server: LiveServer) -> None:
    pairing = paired(tmp_path, busy_server, "Cellar")
    signing = Signing(lambda: Identity(tmp_path).keys)
    assert asyncio.run(standing(pairing.server, signing)) is None
    with busy_server.client("admin") as admin:
        assert admin.post(f"/api/stations/{pairing.station_id}/revoke/").status_code in (200, 201)
    assert asyncio.run(standing(pairing.server, signing)) == "signature-invalid"
    (tmp_path / "pairing.json").unlink()
    again = paired(tmp_path, busy_server, "Cellar")
    assert again.station_id != pairing.station_id
    assert asyncio.run(standing(again.server, signing)) is None
