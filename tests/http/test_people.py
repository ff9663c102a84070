"""People as staff meet them: registered, enrolled photograph by photograph, listed and erased."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from adapters.demo import damage
from adapters.demo.cast import CAST, picture_of
from tests.http.drawn_people import enrol, in_base64, join_in, perform, photographs_of, register
from tests.http.live_server import LiveServer

LINN, TAREK, SAMIR = CAST[4], CAST[5], CAST[3]


@pytest.fixture(scope="module")
def admin(warm_server: LiveServer) -> Iterator[httpx.Client]:
    with warm_server.client("admin") as client:
        yield client


def test_a_person_is_registered_with_what_they_agreed_to(admin: httpx.Client) -> None:
    body = {"user_id": "p-registered", "name": "Zoë Müller", "consents": ["face", "emotion", "face"]}
    answer = admin.post("/api/people/", json=body)
    assert answer.status_code == 201
    person = answer.json()
    assert (person["name"], person["consents"]) == ("Zoë Müller", ["emotion", "face"])
    listed = [one for one in admin.get("/api/people/").json()["people"] if one["user_id"] == "p-registered"]
    assert listed == [{"id": person["id"], "user_id": "p-registered", "name": "Zoë Müller", "templates": 0}]
    retried = admin.post("/api/people/", json=body)
    assert (retried.status_code, retried.json()["id"]) == (201, person["id"])
    again = admin.post("/api/people/", json={**body, "name": "Somebody else"})
    assert (again.status_code, again.json()["code"]) == (409, "user-id-taken")


def test_photographs_are_accepted_and_refused_by_name(admin: httpx.Client) -> None:
    person = register(admin, "p-photographs", LINN.name, ["face"])
    picture = picture_of(LINN, "neutral")
    photographs = {
        **photographs_of(LINN),
        "blurred.jpg": damage.blurred(picture.image, picture.face, seed=1).primary_frame,
        "notes.txt": b"not a picture",
    }
    answer = enrol(admin, person, photographs)
    assert answer.status_code == 200, answer.text
    assert [one["name"] for one in answer.json()["accepted"]] == list(photographs_of(LINN))
    assert all(one["quality"]["sharpness"] > 0 for one in answer.json()["accepted"])
    refused = {one["name"]: one for one in answer.json()["refused"]}
    assert {name: one["code"] for name, one in refused.items()} == {
        "blurred.jpg": "image-blurred",
        "notes.txt": "image-not-jpeg",
    }
    assert refused["blurred.jpg"]["value"] < refused["blurred.jpg"]["limit"]
    other = enrol(admin, person, {"tarek.jpg": photographs_of(TAREK)["front.jpg"]}).json()["refused"]
    assert [one["code"] for one in other] == ["photograph-of-another"]
    twin = register(admin, "p-twin", "Twin", ["face"])
    taken = enrol(admin, twin, {"linn.jpg": photographs_of(LINN)["front.jpg"]}).json()["refused"]
    assert [one["code"] for one in taken] == ["face-already-enrolled"]
    assert taken[0]["value"] <= taken[0]["limit"]


def test_no_photograph_is_taken_without_consent(admin: httpx.Client) -> None:
    person = register(admin, "p-no-consent", "Noor", ["emotion"])
    answer = enrol(admin, person, {"1": b""})
    assert (answer.status_code, answer.json()["code"]) == (409, "consent-missing")


def test_nobody_is_not_enrolled(admin: httpx.Client) -> None:
    answer = enrol(admin, uuid4(), {"1": b""})
    assert (answer.status_code, answer.json()["code"]) == (404, "person-not-found")


def test_an_erased_person_is_matched_named_and_listed_no_more(warm_server: LiveServer, admin: httpx.Client) -> None:
    person = join_in(admin, SAMIR, ["face"])
    frame = perform(SAMIR, "neutral", seed=1).primary_frame
    with warm_server.client("station") as station:
        ask = {"image": in_base64(frame)[0], "burst_id": "before-the-erasure"}
        before = station.post("/api/checkin/identify/", json=ask).json()
        assert (before["identity_id"], before["name"]) == (str(person), SAMIR.name)
        assert admin.delete(f"/api/people/{person}/").status_code == 200
        state = station.get(f"/api/checkin/{before['checkin_id']}/").json()
        assert (state["status"], state["identity"]["identity_id"], state["identity"]["name"]) == (
            "checked_in",
            None,
            None,
        )
        after = station.post("/api/checkin/identify/", json={**ask, "burst_id": "after-the-erasure"}).json()
        assert (after["match"], after["decision"]) == (False, "unknown")
    assert SAMIR.user_id not in [one["user_id"] for one in admin.get("/api/people/").json()["people"]]
    assert enrol(admin, person, {"1": b""}).json()["code"] == "person-not-found"
    again = admin.delete(f"/api/people/{person}/")
    assert (again.status_code, again.json()["person"]) == (200, str(person))


def test_nobody_is_not_erased(admin: httpx.Client) -> None:
    answer = admin.delete(f"/api/people/{uuid4()}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "person-not-found")
