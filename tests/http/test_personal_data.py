"""What a person may do with their own data over HTTP, and nobody with another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import httpx
import pytest

from tests.http.drawn_people import register
from tests.http.live_server import LiveServer


@pytest.fixture
def staff(busy_server: LiveServer) -> Iterator[httpx.Client]:
    with busy_server.client("staff") as client:
        yield client


@contextmanager
def as_person(server: LiveServer, person: UUID) -> Iterator[httpx.Client]:
    token = server.run(server.services.tokens.create("person", "their own", subject=person)).token
    with server.client(headers={"authorization": f"Bearer {token}"}) as client:
        yield client


def newcomer(staff: httpx.Client, *consents: str) -> UUID:
    return register(staff, f"d-{uuid4()}", "Ada", list(consents))


def test_a_consent_is_given_and_withdrawn_by_staff_and_each_may_be_repeated(staff: httpx.Client) -> None:
    person = newcomer(staff, "face")
    path = f"/api/people/{person}/consents/emotion/"
    for _ in range(2):
        answer = staff.put(path)
        assert (answer.status_code, answer.json()) == (200, {"id": str(person), "consents": ["emotion", "face"]})
    for _ in range(2):
        answer = staff.delete(path)
        assert (answer.status_code, answer.json()["consents"]) == (200, ["face"])


def test_a_person_changes_their_own_consents(busy_server: LiveServer, staff: httpx.Client) -> None:
    person = newcomer(staff)
    with as_person(busy_server, person) as client:
        assert client.put(f"/api/people/{person}/consents/face/").json()["consents"] == ["face"]
        assert client.delete(f"/api/people/{person}/consents/face/").json()["consents"] == []


def test_for_a_person_nobody_else_exists(busy_server: LiveServer, staff: httpx.Client) -> None:
    person, another = newcomer(staff), newcomer(staff, "face")
    with as_person(busy_server, person) as client:
        answers = [
            client.put(f"/api/people/{another}/consents/emotion/"),
            client.delete(f"/api/people/{another}/consents/face/"),
            client.get(f"/api/people/{another}/export/"),
            client.get(f"/api/people/{uuid4()}/export/"),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "person-not-found")] * 4
    assert staff.put(f"/api/people/{another}/consents/face/").json()["consents"] == ["face"]


def test_a_person_exports_what_is_held_on_them(busy_server: LiveServer, staff: httpx.Client) -> None:
    person = newcomer(staff, "face")
    with as_person(busy_server, person) as client:
        held = client.get(f"/api/people/{person}/export/").json()
    assert (held["person"], held["name"]) == (str(person), "Ada")
    assert [event["topic"] for event in held["events"]] == ["person.registered.v1", "person.consent_given.v1"]
    with busy_server.client("admin") as admin:
        by_admin = admin.get(f"/api/people/{person}/export/").json()
    assert {**by_admin, "exported_at": None} == {**held, "exported_at": None}


def test_an_erasure_answers_a_receipt_and_ends_the_persons_token(busy_server: LiveServer, staff: httpx.Client) -> None:
    person = newcomer(staff, "face")
    with as_person(busy_server, person) as client, busy_server.client("admin") as admin:
        receipt = admin.delete(f"/api/people/{person}/").json()
        assert (receipt["person"], len(receipt["digest"])) == (str(person), 64)
        assert client.get(f"/api/people/{person}/export/").status_code == 401
        assert admin.get(f"/api/people/{person}/export/").json()["code"] == "person-not-found"
        assert admin.put(f"/api/people/{person}/consents/face/").json()["code"] == "person-not-found"


def test_a_purpose_that_there_is_none_of_is_refused(staff: httpx.Client) -> None:
    answer = staff.put(f"/api/people/{newcomer(staff)}/consents/marketing/")
    assert (answer.status_code, answer.json()["code"]) == (400, "request-malformed")
