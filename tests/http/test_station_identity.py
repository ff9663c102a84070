"""A paired station acts by its key, is moved and told its settings, takes a new key, and ends when it is revoked."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.demo.cast import CAST
from domain.paired_station import PublicKey, rotation_statement
from domain.station_events import Moved, Revoked, SettingsChanged
from tests.http.drawn_people import in_base64, perform
from tests.http.live_server import LiveServer, subject_of
from tests.http.signing_device import HEARTBEAT, SigningDevice, base64url, beat, key_id_of, paired_device, public_text

SETTINGS = {
    "language": "de",
    "cooldown_s": 1.5,
    "retake_limit": 0,
    "capture": "gpio",
    "heartbeat_s": 10.0,
    "emotion": False,
}


@pytest.fixture(scope="module")
def station(busy_server: LiveServer) -> Iterator[tuple[SigningDevice, UUID]]:
    """Paired, and its station's id."""
    device, id = paired_device(busy_server)
    with device:
        yield device, id


def listed(server: LiveServer, id: UUID) -> Any:  # an answer's JSON
    with server.client("staff") as staff:
        return next(one for one in staff.get("/api/stations/").json() if one["id"] == str(id))


def test_a_paired_station_checks_people_in_as_one_with_a_token_does(warm_server: LiveServer) -> None:
    burst = perform(CAST[2], "neutral", seed=7)
    device, id = paired_device(warm_server)
    with device:
        identified = device.send("POST", "/api/checkin/identify/", {"image": in_base64(burst.primary_frame)[0]})
        assert identified.status_code == 200, identified.text
        check_in = identified.json()["checkin_id"]
        emotion = device.send(
            "POST", "/api/checkin/emotion/", {"images": in_base64(*burst.frames), "checkin_id": check_in}
        )
        assert emotion.json().get("code", "read") in ("emotion-not-consented", "read")
        assert device.send("GET", f"/api/checkin/{check_in}/").json()["station_id"] == str(id)
        assert device.send("POST", "/api/stations/progress/", {"through": "2026-11-02T08:00:00Z"}).status_code == 204
        forbidden = device.send("GET", "/api/people/")
        assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")


def test_what_a_station_says_of_itself_is_shown_to_staff(
    busy_server: LiveServer, station: tuple[SigningDevice, UUID]
) -> None:
    device, id = station
    told = beat(device)
    shown = listed(busy_server, id)
    health = shown["health"]
    assert {**health, "at": None} == {
        "at": None,
        "queue_items": 3,
        "dead_letters": 1,
        "camera": "ok",
        "clock_offset_ms": -12.5,
        "software": "0.1.0",
        "uptime_s": 86_400.0,
    }
    assert health["at"] == told["server_time"]
    device.send("POST", "/api/stations/heartbeat/", {**HEARTBEAT, "software": "0.2.0", "clock_offset_ms": None})
    shown = listed(busy_server, id)
    assert (shown["software"], shown["health"]["clock_offset_ms"]) == ("0.2.0", None)


def test_settings_are_heard_with_the_next_heartbeat_and_numbered(
    busy_server: LiveServer, station: tuple[SigningDevice, UUID]
) -> None:
    device, id = station
    version = beat(device)["settings_version"]
    with busy_server.client("admin") as admin:
        changed = admin.post(f"/api/stations/{id}/settings/", json=SETTINGS)
        assert (changed.json()["settings"], changed.json()["settings_version"]) == (SETTINGS, version + 1)
        assert admin.post(f"/api/stations/{id}/settings/", json=SETTINGS).json()["settings_version"] == version + 1
        for field, value in {"cooldown_s": 0.4, "heartbeat_s": 301, "retake_limit": 11, "capture": "whim"}.items():
            wrong = admin.post(f"/api/stations/{id}/settings/", json={**SETTINGS, field: value})
            assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, f"/{field}")
    told = beat(device)
    assert (told["settings"], told["settings_version"]) == (SETTINGS, version + 1)
    events = busy_server.run(busy_server.record.store.load_station(id))
    assert isinstance(events[-1], SettingsChanged)
    assert events[-1].by == subject_of(busy_server, "admin")


def test_a_station_is_moved_and_hears_where_it_is(busy_server: LiveServer) -> None:
    device, id = paired_device(busy_server)
    with device, busy_server.client("admin") as admin:
        moved = admin.post(f"/api/stations/{id}/move/", json={"name": "Back door", "room": "B2"})
        assert (moved.json()["name"], moved.json()["room"]) == ("Back door", "B2")
        told = beat(device)
        assert (told["name"], told["room"]) == ("Back door", "B2")
        shown = listed(busy_server, id)
        assert (shown["name"], shown["room"]) == ("Back door", "B2")
    (event,) = [
        event for event in busy_server.run(busy_server.record.store.load_station(id)) if isinstance(event, Moved)
    ]
    assert event.by == subject_of(busy_server, "admin")


def test_a_rotated_key_takes_the_place_of_the_old_one_at_once(busy_server: LiveServer) -> None:
    device, id = paired_device(busy_server)
    new = Ed25519PrivateKey.generate()
    with device:
        body = {"public_key": public_text(new), "proof": proof(new, id)}
        assert beat(device)["name"] == "Front door"
        rotated = device.send("POST", "/api/stations/keys/", body)
        assert (rotated.status_code, rotated.json()) == (200, {"key_id": key_id_of(new)})
        assert beat(device) == (401, "signature-invalid")
        assert beat(device, new)["name"] == "Front door"
        again = device.send("POST", "/api/stations/keys/", body, key=new)
        assert (again.status_code, again.json()) == (200, {"key_id": key_id_of(new)})
        assert listed(busy_server, id)["key_id"] == key_id_of(new)
        back = {"public_key": device.public_key, "proof": proof(device.key, id)}
        answer = device.send("POST", "/api/stations/keys/", back, key=new)
        assert (answer.status_code, answer.json()["code"]) == (422, "key-unusable")
        pairing = device.send(
            "POST", "/api/stations/pairings/", {"public_key": device.public_key, "name": "Door", "software": "0.1.0"}
        )
        assert (pairing.status_code, pairing.json()["code"]) == (422, "key-unusable")


def test_a_new_key_is_proven_for_this_station(busy_server: LiveServer, station: tuple[SigningDevice, UUID]) -> None:
    device, id = station
    new = Ed25519PrivateKey.generate()
    for wrong in (proof(Ed25519PrivateKey.generate(), id), proof(new, UUID(int=7)), base64url(bytes(64))):
        answer = device.send("POST", "/api/stations/keys/", {"public_key": public_text(new), "proof": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "key-unusable")
    assert beat(device)["name"] == "Front door"


def test_the_key_of_another_station_is_not_taken(busy_server: LiveServer, station: tuple[SigningDevice, UUID]) -> None:
    device, id = station
    other, _ = paired_device(busy_server, name="Other door")
    with other:
        body = {"public_key": other.public_key, "proof": proof(other.key, id)}
        answer = device.send("POST", "/api/stations/keys/", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "key-unusable")
        assert beat(other)["name"] == "Other door"


def test_a_revoked_station_is_nobody_with_its_next_request(busy_server: LiveServer) -> None:
    device, id = paired_device(busy_server)
    with device, busy_server.client("admin") as admin:
        assert beat(device)["name"] == "Front door"
        revoked = admin.post(f"/api/stations/{id}/revoke/")
        assert revoked.json()["revoked_at"] is not None
        assert beat(device) == (401, "signature-invalid")
        assert admin.post(f"/api/stations/{id}/revoke/").json() == revoked.json()
        moved = admin.post(f"/api/stations/{id}/move/", json={"name": "Door", "room": "A1"})
        assert (moved.status_code, moved.json()["code"]) == (409, "station-revoked")
        follow = device.send("GET", f"/api/stations/pairings/{id}/")
        assert (follow.status_code, follow.json()["code"]) == (401, "signature-invalid")
        pairing = device.send(
            "POST", "/api/stations/pairings/", {"public_key": device.public_key, "name": "Door", "software": "0.1.0"}
        )
        assert (pairing.status_code, pairing.json()["code"]) == (409, "station-revoked")
        device.key = Ed25519PrivateKey.generate()
        assert device.ask_for_pairing()["status"] == "pending", "the device may come back with a new key"
    events = busy_server.run(busy_server.record.store.load_station(id))
    assert isinstance(events[-1], Revoked)
    assert events[-1].by == subject_of(busy_server, "admin")


def test_a_station_with_a_token_is_listed_and_heard_and_has_no_key(busy_server: LiveServer) -> None:
    id = subject_of(busy_server, "station")
    with busy_server.client("station") as station:
        told = station.post("/api/stations/heartbeat/", json=HEARTBEAT).json()
        assert (told["name"], told["room"], told["settings_version"]) == ("the station", None, 0)
        new = Ed25519PrivateKey.generate()
        body = {"public_key": public_text(new), "proof": proof(new, id)}
        rotated = station.post("/api/stations/keys/", json=body)
        assert (rotated.status_code, rotated.json()["code"]) == (404, "station-not-found")
    shown = listed(busy_server, id)
    assert (shown["name"], shown["room"], shown["key_id"]) == ("the station", None, None)
    assert shown["health"]["queue_items"] == 3


def test_a_station_whose_clock_is_wrong_takes_the_time_of_the_answer(
    station: tuple[SigningDevice, UUID],
) -> None:
    device, _ = station
    stale = device.send("POST", "/api/stations/heartbeat/", HEARTBEAT, age_s=86_400)
    problem = stale.json()
    assert (stale.status_code, problem["code"], problem["retry"]) == (401, "signature-stale", "same_request")
    assert problem["value"] == pytest.approx(-86_400, abs=5)
    server_time = parsedate_to_datetime(stale.headers["date"])
    again = device.send("POST", "/api/stations/heartbeat/", HEARTBEAT, created_s=int(server_time.timestamp()))
    assert again.status_code == 200


def proof(key: Ed25519PrivateKey, station: UUID) -> str:
    public = PublicKey.of(key.public_key().public_bytes_raw())
    return base64url(key.sign(rotation_statement(station, public)))
