"""A signature holds for one request, once, now, and for the key that is in force: everything else is refused."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.database import connect
from adapters.http.services import Services
from adapters.record import Record
from adapters.settings import Settings
from adapters.wiring import join
from domain.paired_station import PairedStation, PublicKey
from domain.station import StationEvent
from domain.station_events import KeyRotated, Revoked
from inference.worker import InferenceWorker
from tests.http.live_server import FullQueue, LiveServer, live_server
from tests.http.signing_device import SigningDevice, key_id_of, paired_device, public_text, sign

PATH = "/api/stations/progress/"
BODY = {"through": "2026-11-02T08:00:00Z"}
LATER = {"through": "2026-11-02T23:00:00Z"}
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def station(busy_server: LiveServer) -> Iterator[SigningDevice]:
    device, _ = paired_device(busy_server)
    with device:
        yield device


@pytest.fixture(scope="module")
def second_server(busy_server: LiveServer, http_dsn: str, http_key_file: Path) -> Iterator[LiveServer]:
    """Another instance of the server, on the database of the first."""

    @asynccontextmanager
    async def over_a_full_queue(record: Record) -> AsyncIterator[Services]:
        folder = http_key_file.parent
        where = Settings(data_dir=folder, models_dir=folder, keys_file=http_key_file)
        yield join(where, record, cast(InferenceWorker, FullQueue()))  # it has what the wiring asks of a worker

    with live_server(http_dsn, http_key_file, over_a_full_queue) as server:
        yield server


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_request_as_it_was_signed_is_accepted(station: SigningDevice) -> None:
    """The control of every refusal below."""
    assert station.send("POST", PATH, BODY).status_code == 204
    assert station.send("POST", PATH + "?of=today", BODY).status_code == 204
    assert station.send("GET", "/api/checkin/00000000-0000-4000-8000-000000000000/").status_code == 404


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        (PATH, "/api/stations/heartbeat/"),
        (PATH, PATH.rstrip("/")),
        (PATH, "/api/stations/%70rogress/"),
        (PATH, PATH + "?of=today"),
        (PATH + "?of=today", PATH),
        (PATH + "?of=today", PATH + "?of=tomorrow"),
    ],
)
def test_another_path_or_query_than_the_signed_one_is_refused(station: SigningDevice, signed: str, sent: str) -> None:
    assert refused(station.send("POST", signed, BODY, sent_path=sent)) == (401, "signature-invalid")


def test_another_body_than_the_signed_one_is_refused(station: SigningDevice) -> None:
    answer = station.send("POST", PATH, BODY, sent_body=LATER)
    assert refused(answer) == (401, "signature-invalid")
    assert answer.json()["detail"] == "the body is not the one that was signed"
    shorter = station.send("POST", PATH, BODY, sent_body=b"{}")
    assert refused(shorter) == (401, "signature-invalid")


def test_another_method_than_the_signed_one_is_refused(station: SigningDevice) -> None:
    headers = sign(station.key, "GET", PATH, b"")
    assert refused(station.client.post(PATH, headers=headers)) == (401, "signature-invalid")


@pytest.mark.parametrize(
    ("header", "old", "new"),
    [
        ("signature-input", 'nonce="', 'nonce="x'),
        ("signature-input", "created=1", "created=2"),
        ("signature-input", ";created", ";expires=1;created"),
        ("signature-input", '"@query" ', ""),
        ("signature-input", 'alg="ed25519"', 'alg="hmac-sha256"'),
        ("signature-input", "sig1=", "sig2="),
        ("signature-input", 'keyid="', 'keyid="0'),
        ("content-digest", "sha-256=", "sha-512="),
        ("content-digest", "=:", ":"),
        ("signature", "sig1=:", "sig1=:AAAA"),
        ("signature", "sig1=:", "sig1=::"),
    ],
)
def test_a_header_that_was_changed_is_refused(station: SigningDevice, header: str, old: str, new: str) -> None:
    headers = sign(station.key, "GET", "/api/checkin/", b"")
    assert old in headers[header]
    headers[header] = headers[header].replace(old, new, 1)
    assert refused(station.client.get("/api/checkin/", headers=headers)) == (401, "signature-invalid")


@pytest.mark.parametrize("missing", ["signature", "signature-input", "content-digest"])
def test_all_three_headers_are_needed_and_each_once(station: SigningDevice, missing: str) -> None:
    headers = sign(station.key, "GET", "/api/checkin/", b"")
    without = {name: value for name, value in headers.items() if name != missing}
    assert refused(station.client.get("/api/checkin/", headers=without)) == (401, "signature-invalid")
    twice = [*headers.items(), (missing, headers[missing])]
    assert refused(station.client.get("/api/checkin/", headers=twice)) == (401, "signature-invalid")


def test_a_bearer_token_does_not_mend_a_bad_signature(busy_server: LiveServer, station: SigningDevice) -> None:
    token = {"authorization": f"Bearer {busy_server.callers['station'].token}"}
    assert station.client.post(PATH, json=BODY, headers=token).status_code == 204
    answer = station.send("POST", PATH, BODY, key=Ed25519PrivateKey.generate(), headers=token)
    assert refused(answer) == (401, "signature-invalid")


def test_a_key_that_nobody_paired_is_refused(station: SigningDevice) -> None:
    assert refused(station.send("POST", PATH, BODY, key=Ed25519PrivateKey.generate())) == (401, "signature-invalid")


def test_the_signature_of_another_paired_key_under_this_ones_name_is_refused(
    busy_server: LiveServer, station: SigningDevice
) -> None:
    other, _ = paired_device(busy_server, name="Other door")
    with other:
        headers = sign(other.key, "POST", PATH, b"")
        assert other.client.post(PATH, headers=headers).status_code == 415, "the control: only the body is missing"
        headers = sign(other.key, "POST", PATH, b"")
        headers["signature-input"] = headers["signature-input"].replace(key_id_of(other.key), key_id_of(station.key))
        assert refused(other.client.post(PATH, headers=headers)) == (401, "signature-invalid")


@pytest.mark.parametrize("age_s", [310, -310, 10**8])
def test_a_signature_of_another_time_is_stale(station: SigningDevice, age_s: float) -> None:
    answer = station.send("POST", PATH, BODY, age_s=age_s)
    assert refused(answer) == (401, "signature-stale")
    assert "date" in answer.headers
    assert station.send("POST", PATH, BODY, age_s=290 if age_s > 0 else -290).status_code == 204


def test_a_replay_is_refused_by_this_instance_and_by_another_on_the_same_database(
    busy_server: LiveServer, second_server: LiveServer, station: SigningDevice
) -> None:
    nonce = secrets.token_urlsafe(16)
    assert station.send("POST", PATH, BODY, nonce=nonce).status_code == 204
    assert refused(station.send("POST", PATH, BODY, nonce=nonce)) == (401, "signature-replayed")
    with SigningDevice(second_server) as elsewhere:
        elsewhere.key = station.key
        assert refused(elsewhere.send("POST", PATH, BODY, nonce=nonce)) == (401, "signature-replayed")
        fresh = secrets.token_urlsafe(16)
        assert elsewhere.send("POST", PATH, BODY, nonce=fresh).status_code == 204, "the control"
        assert refused(station.send("POST", PATH, BODY, nonce=fresh)) == (401, "signature-replayed")
        elsewhere.key = paired_device(busy_server, name="Other door")[0].key
        assert elsewhere.send("POST", PATH, BODY, nonce=nonce).status_code == 204, "nonces are each key's own"


def test_a_bad_signature_uses_up_no_nonce(station: SigningDevice) -> None:
    nonce = secrets.token_urlsafe(16)
    assert refused(station.send("POST", PATH, BODY, nonce=nonce, sent_path=PATH + "?x")) == (401, "signature-invalid")
    assert station.send("POST", PATH, BODY, nonce=nonce).status_code == 204


def test_a_revocation_and_a_rotation_hold_in_every_instance_at_once(
    busy_server: LiveServer, second_server: LiveServer
) -> None:
    here, id = paired_device(busy_server)
    new = Ed25519PrivateKey.generate()
    with here, SigningDevice(second_server) as there, second_server.client("admin") as admin:
        there.key = here.key
        assert there.send("POST", PATH, BODY).status_code == 204
        rotate(busy_server, id, new)
        assert refused(there.send("POST", PATH, BODY)) == (401, "signature-invalid")
        assert there.send("POST", PATH, BODY, key=new).status_code == 204
        assert here.send("POST", PATH, BODY, key=new).status_code == 204
        assert admin.post(f"/api/stations/{id}/revoke/").status_code == 200
        assert refused(here.send("POST", PATH, BODY, key=new)) == (401, "signature-invalid")
        assert refused(there.send("POST", PATH, BODY, key=new)) == (401, "signature-invalid")


@pytest.mark.parametrize("change", ["revoke", "rotate"])
def test_what_is_recorded_counts_while_the_read_model_lags(busy_server: LiveServer, http_dsn: str, change: str) -> None:
    device, id = paired_device(busy_server)
    services, store = busy_server.services.stations, busy_server.record.store
    new = PublicKey.of(bytes(32))
    event: StationEvent = Revoked(at=NOW, by=None)
    if change == "rotate":
        event = KeyRotated(at=NOW, public_key=new.encoded, key_id=new.id)
    with device, connect(http_dsn, name="test") as connection:
        assert device.send("POST", PATH, BODY).status_code == 204
        with connection.transaction():
            connection.execute("LOCK TABLE station IN EXCLUSIVE MODE")  # it can be read and not written
            busy_server.run(store.append(id, 2, [event]))
            holder = busy_server.run(services.stations.holder(key_id_of(device.key)))
            assert holder is not None
            assert (holder.paired, holder.current) == (True, False), "the read model has not seen it"
            assert refused(device.send("POST", PATH, BODY)) == (401, "signature-invalid")


@MANY
@given(
    headers=st.fixed_dictionaries(
        {},
        optional={
            name: st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=200)
            for name in ("signature", "signature-input", "content-digest")
        },
    ),
    dropped=st.sampled_from(["signature", "signature-input", "content-digest", ""]),
)
def test_whatever_is_in_the_headers_is_answered_with_a_problem(
    station: SigningDevice, headers: dict[str, str], dropped: str
) -> None:
    signed = sign(station.key, "GET", "/api/checkin/", b"")
    sent = {name: value.strip() for name, value in {**signed, **headers}.items() if name != dropped}
    answer = station.client.get(
        "/api/checkin/", headers=[(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    )
    assert (answer.status_code, answer.json()["code"]) in {(401, "signature-invalid"), (403, "forbidden")}


def rotate(server: LiveServer, id: UUID, key: Ed25519PrivateKey) -> None:
    rotated = server.run(server.services.stations.rotate_key(id, PublicKey.of(key.public_key().public_bytes_raw())))
    assert isinstance(rotated, PairedStation)
    assert rotated.key.encoded == public_text(key)
