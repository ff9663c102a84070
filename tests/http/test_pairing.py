"""A device becomes a station: by the code that it shows, an administrator who reads it, and the key that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.station_events import Paired
from tests.http.live_server import LiveServer, subject_of
from tests.http.signing_device import DEFAULTS, SigningDevice, beat, key_id_of, public_text


@pytest.fixture
def device(busy_server: LiveServer) -> Iterator[SigningDevice]:
    """Not paired yet."""
    with SigningDevice(busy_server, address="127.0.1.1") as device:
        yield device


def test_a_device_is_paired_by_the_code_that_it_shows(busy_server: LiveServer, device: SigningDevice) -> None:
    pairing = device.ask_for_pairing("Station 4")
    assert pairing["status"] == "pending"
    assert (pairing["station_id"], pairing["name"], pairing["room"]) == (None, None, None)
    assert beat(device) == (401, "signature-invalid"), "nobody has approved it yet"
    path = f"/api/stations/pairings/{pairing['pairing_id']}/"
    assert device.send("GET", path).json() == pairing
    with busy_server.client("admin") as admin:
        (waiting,) = [
            one for one in admin.get("/api/stations/pairings/").json() if one["user_code"] == pairing["user_code"]
        ]
        assert (waiting["name"], waiting["software"], waiting["key_id"]) == (
            "Station 4",
            "0.1.0",
            key_id_of(device.key),
        )
        typed = pairing["user_code"].lower().replace("-", " ")
        body = {"user_code": typed, "name": "Front door", "room": "A1"}
        approved = admin.post("/api/stations/pairings/approve/", json=body)
        assert approved.status_code == 200, approved.text
        again = admin.post("/api/stations/pairings/approve/", json=body)
        assert again.json() == approved.json()
        codes = [one["user_code"] for one in admin.get("/api/stations/pairings/").json()]
        assert pairing["user_code"] not in codes
    polled = device.send("GET", path).json()
    assert (polled["status"], polled["name"], polled["room"]) == ("approved", "Front door", "A1")
    details = approved.json()
    assert details["id"] == polled["station_id"]
    assert (details["key_id"], details["settings"], details["settings_version"]) == (key_id_of(device.key), DEFAULTS, 1)
    assert (details["health"], details["revoked_at"], details["software"]) == (None, None, "0.1.0")
    told = beat(device)
    assert (told["name"], told["room"], told["settings"]) == ("Front door", "A1", DEFAULTS)
    events = busy_server.run(busy_server.record.store.load_station(UUID(details["id"])))
    (paired,) = [event for event in events if isinstance(event, Paired)]
    assert paired.by == subject_of(busy_server, "admin")
    assert device.ask_for_pairing()["status"] == "approved", "who asks again learns that it is paired"


def test_the_same_key_while_it_waits_is_the_same_pairing(device: SigningDevice) -> None:
    first = device.ask_for_pairing("Station 4")
    assert device.ask_for_pairing("Station 4, renamed") == first


def test_a_refused_device_hears_so_and_may_ask_again(busy_server: LiveServer, device: SigningDevice) -> None:
    pairing = device.ask_for_pairing()
    with busy_server.client("admin") as admin:
        body = {"user_code": pairing["user_code"]}
        refused = admin.post("/api/stations/pairings/refuse/", json=body)
        assert refused.json() == {"pairing_id": pairing["pairing_id"], "status": "refused"}
        late = admin.post("/api/stations/pairings/approve/", json={**body, "name": "Door", "room": "A1"})
        assert (late.status_code, late.json()["code"]) == (409, "pairing-over")
    polled = device.send("GET", f"/api/stations/pairings/{pairing['pairing_id']}/").json()
    assert (polled["status"], polled["station_id"]) == ("refused", None)
    assert beat(device) == (401, "signature-invalid")
    renewed = device.ask_for_pairing()
    assert renewed["status"] == "pending"
    assert renewed["user_code"] != pairing["user_code"]


def test_a_code_that_nobody_shows_is_not_found(busy_server: LiveServer) -> None:
    with busy_server.client("admin") as admin:
        body = {"user_code": "BBBB-BBBB", "name": "Door", "room": "A1"}
        answer = admin.post("/api/stations/pairings/approve/", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "pairing-not-found")


def test_a_pairing_is_asked_for_with_the_key_that_is_to_be_paired(device: SigningDevice) -> None:
    other = Ed25519PrivateKey.generate()
    body = {"public_key": public_text(other), "name": "Door", "software": "0.1.0"}
    answer = device.send("POST", "/api/stations/pairings/", body)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature-invalid")
    assert device.send("POST", "/api/stations/pairings/", body, key=other).status_code == 200


def test_a_pairing_is_followed_by_its_own_key_alone(device: SigningDevice) -> None:
    path = f"/api/stations/pairings/{device.ask_for_pairing()['pairing_id']}/"
    assert device.send("GET", path).status_code == 200
    answer = device.send("GET", path, key=Ed25519PrivateKey.generate())
    assert (answer.status_code, answer.json()["code"]) == (401, "signature-invalid")
    unsigned = device.client.get(path)
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "signature-invalid")
    assert unsigned.headers["www-authenticate"] == "Bearer"


def test_a_tampered_request_to_be_paired_is_refused(device: SigningDevice) -> None:
    body = {"public_key": device.public_key, "name": "Door", "software": "0.1.0"}
    answer = device.send("POST", "/api/stations/pairings/", body, sent_body={**body, "name": "Vault"})
    assert (answer.status_code, answer.json()["code"]) == (401, "signature-invalid")


def test_one_address_asks_so_often_and_another_is_not_held_up(busy_server: LiveServer) -> None:
    with SigningDevice(busy_server, address="127.0.1.2") as device:
        asked = [{"public_key": device.public_key, "name": f"{number}", "software": "0.1.0"} for number in range(21)]
        answers = [device.send("POST", "/api/stations/pairings/", body) for body in asked]
    assert {answer.status_code for answer in answers[:20]} == {200}
    assert (answers[20].status_code, answers[20].json()["code"]) == (429, "too-many-attempts")
    assert 1 <= int(answers[20].headers["retry-after"]) <= 30
    with SigningDevice(busy_server, address="127.0.1.3") as other:
        assert other.ask_for_pairing()["status"] == "pending"
