"""The station program's own words to the real server: it is paired, heard, and takes a new key."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from edge_device import identity_contract as words
from edge_device.classify import Answer
from edge_device.device_key import DeviceKey
from edge_device.signing import Outgoing, signature_headers
from tests.http.live_server import LiveServer

HEALTH = words.Health(
    software="0.1.0",
    queue_items=2,
    queue_bytes=600_000,
    dead_letters=0,
    camera="ok",
    clock_offset_ms=1.5,
    uptime_s=12.0,
    delivered_through=datetime(2026, 11, 2, 8, 0, tzinfo=UTC),
)


@pytest.fixture
def client(busy_server: LiveServer) -> Iterator[httpx.Client]:
    transport = httpx.HTTPTransport(local_address="127.0.1.4")
    with httpx.Client(base_url=f"http://127.0.0.1:{busy_server.port}", transport=transport, timeout=30) as client:
        yield client


def send(client: httpx.Client, key: DeviceKey, method: str, path: str, body: bytes = b"") -> Answer:
    signed = signature_headers(key, Outgoing(method, path, "", body), int(time.time()))
    answer = client.request(method, path, content=body, headers={"content-type": "application/json", **signed})
    return Answer(status=answer.status_code, headers=dict(answer.headers), body=answer.content)


def test_the_station_program_is_paired_heard_and_rotates(busy_server: LiveServer, client: httpx.Client) -> None:
    key, next_key = DeviceKey(bytes(range(32))), DeviceKey(bytes(range(1, 33)))
    request = words.pairing_request(key, "Station 4", "0.1.0")
    pairing = words.parse_pairing(send(client, key, "POST", words.PAIRINGS_PATH, request))
    assert pairing is not None
    assert (pairing.status, pairing.station_id) == ("pending", None)
    approve(busy_server, pairing.user_code)
    polled = words.parse_pairing(send(client, key, "GET", f"{words.PAIRINGS_PATH}{pairing.pairing_id}/"))
    assert polled is not None
    assert (polled.status, polled.name, polled.room) == ("approved", "Front door", "A1")
    assert polled.station_id is not None

    heard = words.parse_heartbeat(send(client, key, "POST", words.HEARTBEAT_PATH, words.heartbeat_request(HEALTH)))
    assert heard is not None
    assert (heard.name, heard.room, heard.settings_version) == ("Front door", "A1", 1)
    through = words.progress_request(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))
    assert send(client, key, "POST", words.PROGRESS_PATH, through).status == 204

    rotation = words.rotation_request(polled.station_id, next_key)
    assert words.confirms_key(send(client, key, "POST", words.KEYS_PATH, rotation), next_key)
    assert send(client, key, "POST", words.PROGRESS_PATH, through).status == 401
    assert words.confirms_key(send(client, next_key, "POST", words.KEYS_PATH, rotation), next_key)
    assert send(client, next_key, "POST", words.PROGRESS_PATH, through).status == 204


def approve(server: LiveServer, user_code: str) -> None:
    with server.client("admin") as client:
        body = {"user_code": user_code, "name": "Front door", "room": "A1"}
        assert client.post("/api/stations/pairings/approve/", json=body).status_code == 200
