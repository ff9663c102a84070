"""A person's browsers over HTTP: subscribed, listed and ended by that person alone; nothing where it is off."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.http.access_tokens import Role
from application.sign_in import SignedIn
from tests.fixtures_database import fresh_database
from tests.http.browsers import browser
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer
from tests.push.local_service import SubscribedBrowser
from tests.push.pushing_server import INSIDE, NOWHERE, OUTSIDE, pushing_server

PATH = "/api/me/push-subscriptions/"


@pytest.fixture(scope="module")
def server(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    keys_file = tmp_path_factory.mktemp("push") / "keys.json"
    with fresh_database(postgres) as dsn, pushing_server(dsn, keys_file) as server:
        yield server


def somebody(server: LiveServer) -> SignedIn:
    with server.client("staff") as staff:
        person = register(staff, f"push-{uuid4()}", "Amira Haddad", ["face"])
    return SignedIn(role="person", subject=person, name="Amira Haddad")


@pytest.fixture
def phone(server: LiveServer) -> Iterator[httpx.Client]:
    """Signed in to as somebody of this test alone."""
    with browser(server, somebody(server)) as client:
        yield client


def test_a_browser_is_subscribed_once_however_often_it_says_so_and_ended_by_its_id(phone: httpx.Client) -> None:
    before = phone.get(PATH).json()
    assert (before["subscriptions"], before["most"], len(before["public_key"])) == ([], 5, 87)
    subscribed = SubscribedBrowser(f"https://{OUTSIDE}/send/{uuid4()}", "de")
    first, again = phone.post(PATH, json=subscribed.body), phone.post(PATH, json=subscribed.body)
    assert (first.status_code, again.status_code) == (201, 201)
    digest = hashlib.sha256(subscribed.subscription.endpoint.encode()).digest()
    assert first.json() == again.json() == {"id": str(UUID(bytes=digest[:16]))}
    listed = phone.get(PATH).json()
    assert [one["id"] for one in listed["subscriptions"]] == [first.json()["id"]]
    assert subscribed.subscription.endpoint not in str(listed)
    assert phone.delete(f"{PATH}{first.json()['id']}/").status_code == 204
    assert phone.delete(f"{PATH}{first.json()['id']}/").json()["code"] == "not-found"
    assert phone.get(PATH).json()["subscriptions"] == []


def test_nobody_sees_or_ends_the_browser_of_another(server: LiveServer, phone: httpx.Client) -> None:
    subscribed = SubscribedBrowser(f"https://{OUTSIDE}/send/{uuid4()}")
    id = phone.post(PATH, json=subscribed.body).json()["id"]
    with browser(server, somebody(server)) as other:
        assert other.get(PATH).json()["subscriptions"] == []
        assert other.delete(f"{PATH}{id}/").status_code == 404
    assert len(phone.get(PATH).json()["subscriptions"]) == 1


@pytest.mark.parametrize("endpoint", [f"https://{INSIDE}/1", f"https://{NOWHERE}/1", f"http://{OUTSIDE}/1"])
def test_a_push_service_that_nothing_would_be_sent_to_is_refused_at_once(phone: httpx.Client, endpoint: str) -> None:
    answer = phone.post(PATH, json=SubscribedBrowser(endpoint).body)
    assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (422, "push-unusable", "never")
    assert answer.json()["errors"][0]["pointer"] == "/endpoint"
    assert phone.get(PATH).json()["subscriptions"] == []


@pytest.mark.parametrize(("key", "pointer"), [("p256dh", "/keys/p256dh"), ("auth", "/keys/auth")])
def test_a_key_that_is_none_is_named(phone: httpx.Client, key: str, pointer: str) -> None:
    body = SubscribedBrowser(f"https://{OUTSIDE}/send/1").body
    body["keys"][key] = "AAAA"
    answer = phone.post(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "push-unusable")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_signing_out_everywhere_ends_every_browsers_messages(server: LiveServer) -> None:
    who = somebody(server)
    with browser(server, who) as phone:
        phone.post(PATH, json=SubscribedBrowser(f"https://{OUTSIDE}/send/{uuid4()}").body)
        assert phone.delete("/api/me/sign-ins/").status_code == 204
    with browser(server, who) as phone:
        assert phone.get(PATH).json()["subscriptions"] == []


def test_what_is_exported_names_the_browsers_and_none_of_their_keys(server: LiveServer) -> None:
    who = somebody(server)
    subscribed = SubscribedBrowser(f"https://{OUTSIDE}/send/{uuid4()}")
    with browser(server, who) as phone:
        phone.post(PATH, json=subscribed.body)
        held = phone.get(f"/api/people/{who.subject}/export/").json()["rows"]["push_subscription"]
    assert [set(row) for row in held] == [{"id", "person", "created_at"}]


@pytest.mark.parametrize("role", ["station", "staff", "analyst", "admin"])
def test_only_a_person_is_told_of_their_own(server: LiveServer, role: Role) -> None:
    with server.client(role) as client:
        answers = [client.get(PATH), client.post(PATH, json=SubscribedBrowser(f"https://{OUTSIDE}/1").body)]
    assert [answer.json()["code"] for answer in answers] == ["forbidden"] * 2


def test_the_phone_page_is_told_whether_there_are_push_messages(server: LiveServer, phone: httpx.Client) -> None:
    assert phone.get("/me/who/").json()["who"]["push"] is True


def test_a_server_that_sends_none_says_so(busy_server: LiveServer) -> None:
    body = SubscribedBrowser(f"https://{OUTSIDE}/send/1").body
    with ExitStack() as stack:
        phone = stack.enter_context(browser(busy_server, somebody(busy_server)))
        assert phone.get("/me/who/").json()["who"]["push"] is False
        answers = [phone.get(PATH), phone.post(PATH, json=body), phone.delete(f"{PATH}{uuid4()}/")]
    told = {(one.status_code, one.json()["code"], one.json()["retry"]) for one in answers}
    assert told == {(409, "push-off", "never")}
