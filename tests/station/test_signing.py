"""Signed requests: verified by other hands than ours, refused where anything was changed, signed anew when late."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_device.clock import ServerClock
from edge_device.credentials import Signing
from edge_device.device_key import KeyRing
from edge_device.exchange import Exchange
from edge_device.signing import Outgoing, signature_base, signature_headers
from tests.station.bench import TIMEOUTS
from tests.station.fault_server import FaultServer, problem
from tests.station.office import Office, Presented

PROGRESS = "/api/stations/progress/"
BODY = json.dumps({"through": "2026-11-22T10:00:00Z"}).encode()


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path)


@pytest.fixture
def office(ring: KeyRing) -> Office:
    office = Office()
    office.station_key = ring.made().public_bytes
    return office


@pytest.fixture
def server(ring: KeyRing) -> Iterator[FaultServer]:
    with FaultServer().running() as running:
        running.office.station_key = ring.made().public_bytes
        yield running


def presented(
    ring: KeyRing, *, method: str = "POST", target: str = PROGRESS, created_s: int | None = None
) -> Presented:
    path, _, query = target.partition("?")
    outgoing = Outgoing(method, path, query, BODY)
    return Presented(method, target, signature_headers(ring.made(), outgoing, created_s or int(time.time())), BODY)


async def post(server: FaultServer, ring: KeyRing, clock: ServerClock, path: str = PROGRESS) -> int:
    exchange = Exchange(server.url, Signing(lambda: ring), clock, TIMEOUTS)
    try:
        return (await exchange.post(path, BODY)).status
    finally:
        await exchange.close()


def test_what_is_signed_is_spelled_as_rfc_9421_says() -> None:
    outgoing = Outgoing("POST", "/api/stations/keys/", "a=1", b"{}")
    assert signature_base(outgoing, "sha-256=:x:", '("@method");created=1').decode() == (
        '"@method": POST\n"@path": /api/stations/keys/\n"@query": ?a=1\n"content-digest": sha-256=:x:\n'
        '"@signature-params": ("@method");created=1'
    )


def test_a_signed_request_is_accepted_once(ring: KeyRing, office: Office) -> None:
    request = presented(ring)
    assert office.answer(request).status == 204
    assert office.answer(request).status == 401
    assert office.refusals == ["signature-replayed"]


def test_a_query_is_signed_too(ring: KeyRing, office: Office) -> None:
    assert office.answer(presented(ring, target=f"{PROGRESS}?a=%20b&a=c")).status == 204


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"target": "/api/stations/heartbeat/"},
        {"target": f"{PROGRESS}?dry=1"},
        {"body": BODY.replace(b"2026", b"2027")},
    ],
)
def test_a_request_that_was_changed_on_its_way_is_refused(
    ring: KeyRing, office: Office, change: dict[str, str]
) -> None:
    changed = replace(presented(ring), **change)  # type: ignore[arg-type]  # a field of each change
    assert office.answer(changed).status == 401
    assert (office.refusals, office.progress) == (["signature-invalid"], [])


def test_a_changed_body_with_its_own_digest_is_refused(ring: KeyRing, office: Office) -> None:
    other = Outgoing("POST", PROGRESS, "", b'{"through": "2027-11-22T10:00:00Z"}')
    digest = signature_headers(ring.made(), other, int(time.time()))["content-digest"]
    request = presented(ring)
    forged = replace(request, body=other.body, headers=request.headers | {"content-digest": digest})
    assert office.answer(forged).status == 401


def test_another_devices_key_is_refused(ring: KeyRing, office: Office, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert office.answer(presented(KeyRing(tmp_path / "other"))).status == 401


def test_every_request_has_its_own_nonce(ring: KeyRing) -> None:
    assert presented(ring).headers["signature-input"] != presented(ring).headers["signature-input"]


@pytest.mark.parametrize("ahead_s", [86_400.0 * 365, -86_400.0 * 365, 301.0 + 5])
def test_a_station_whose_clock_is_wrong_signs_again_at_once(server: FaultServer, ring: KeyRing, ahead_s: float) -> None:
    server.office.clock_ahead_s = ahead_s
    clock = ServerClock()
    assert asyncio.run(post(server, ring, clock)) == 204
    assert server.office.refusals == ["signature-stale"]
    assert asyncio.run(post(server, ring, clock)) == 204
    assert server.office.refusals == ["signature-stale"]
    assert {request.body for request in server.office.requests} == {BODY}


def test_it_signs_again_only_once(server: FaultServer, ring: KeyRing) -> None:
    server.office.faults.extend([problem(401, "signature-stale", "same_request")] * 5)
    assert asyncio.run(post(server, ring, ServerClock())) == 401
    assert len(server.office.faults) == 3


def test_a_request_that_something_between_sent_twice_is_signed_anew(server: FaultServer, ring: KeyRing) -> None:
    server.office.faults.append(problem(401, "signature-replayed", "never"))
    assert asyncio.run(post(server, ring, ServerClock())) == 204


def test_a_portals_refusal_changes_nothing(server: FaultServer, ring: KeyRing) -> None:
    server.office.faults.append(replace(problem(401, "signature-stale", "same_request"), headers={}))
    assert asyncio.run(post(server, ring, ServerClock())) == 401
    assert asyncio.run(post(server, ring, ServerClock())) == 204
