"""Whose is it? Every operation upon what has an owner is tried upon one's own, upon another's and upon nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.http.openapi import openapi_document
from application.other_route import CheckedIn, PinCommand
from application.sign_in import SignedIn
from tests.http.browsers import browser
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """A person with a check-in at a station, each with a credential of their own."""

    person: UUID
    check_in: UUID
    station: UUID
    station_token: str


@pytest.fixture(scope="module")
def ada(busy_server: LiveServer) -> Owner:
    return owner(busy_server)


@pytest.fixture(scope="module")
def bob(busy_server: LiveServer) -> Owner:
    return owner(busy_server)


def owner(server: LiveServer) -> Owner:
    user_id = f"owner-{uuid4()}"
    with server.client("staff") as staff:
        person = register(staff, user_id, "Ada", ["face"])
        pin = staff.post(f"/api/people/{person}/pin/").json()["secret"]
    token = server.run(server.services.tokens.create("station", f"door of {user_id}"))
    command = PinCommand(station_id=token.caller.subject, request_id="1", user_id=user_id, pin=pin)
    outcome = server.run(server.services.sessions.other_route.by_pin(command))
    assert isinstance(outcome, CheckedIn)
    return Owner(person=person, check_in=outcome.check_in.id, station=token.caller.subject, station_token=token.token)


Ask = Callable[[httpx.Client, Owner], httpx.Response]
# By operation id: how it is asked for what is somebody's, and what is answered where it is not one's own.
OF_A_PERSON: dict[str, tuple[Ask, str]] = {
    "getCheckIn": (lambda client, whose: client.get(f"/api/checkin/{whose.check_in}/"), "checkin-not-found"),
    "giveConsent": (
        lambda client, whose: client.put(f"/api/people/{whose.person}/consents/face/"),
        "person-not-found",
    ),
    "withdrawConsent": (
        lambda client, whose: client.delete(f"/api/people/{whose.person}/consents/emotion/"),
        "person-not-found",
    ),
    "getConsents": (lambda client, whose: client.get(f"/api/people/{whose.person}/consents/"), "person-not-found"),
    "listAttendance": (lambda client, whose: client.get(f"/api/people/{whose.person}/attendance/"), "person-not-found"),
    "exportPerson": (lambda client, whose: client.get(f"/api/people/{whose.person}/export/"), "person-not-found"),
    "erasePerson": (lambda client, whose: client.delete(f"/api/people/{whose.person}/"), "person-not-found"),
}
OF_A_STATION: dict[str, tuple[Ask, str]] = {"getCheckIn": OF_A_PERSON["getCheckIn"]}


def without_occurrence(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name not in ("trace_id", "instance")}


def test_the_table_holds_every_operation_of_a_person_upon_something_that_has_an_owner() -> None:
    named = {
        operation["operationId"]
        for path, item in msgspec.json.decode(openapi_document())["paths"].items()
        for operation in item.values()
        if "{" in path and "person" in operation.get("x-roles", ())
    }
    elsewhere = {"endMySignIn", "endMyPushSubscription"}  # in test_cookies.py and tests/push/test_over_http.py
    assert named - elsewhere == set(OF_A_PERSON)


@pytest.mark.parametrize("operation", sorted(set(OF_A_PERSON) - {"erasePerson"}))
def test_a_person_may_do_it_to_their_own(busy_server: LiveServer, ada: Owner, operation: str) -> None:
    ask, _ = OF_A_PERSON[operation]
    with browser(busy_server, SignedIn(role="person", subject=ada.person, name="Ada")) as client:
        assert ask(client, ada).status_code == 200


@pytest.mark.parametrize("operation", sorted(OF_A_PERSON))
def test_anothers_is_answered_as_what_is_not_there(
    busy_server: LiveServer, ada: Owner, bob: Owner, operation: str
) -> None:
    ask, code = OF_A_PERSON[operation]
    nothing = Owner(person=uuid4(), check_in=uuid4(), station=uuid4(), station_token="")
    with browser(busy_server, SignedIn(role="person", subject=ada.person, name="Ada")) as client:
        anothers, none = ask(client, bob), ask(client, nothing)
    assert (anothers.status_code, anothers.json()["code"]) == (404, code)
    assert without_occurrence(anothers) == without_occurrence(none), "an id must not be found out by asking"
    with busy_server.client("admin") as admin:
        assert admin.get(f"/api/people/{bob.person}/export/").status_code == 200, "and nothing was done to it"


@pytest.mark.parametrize("operation", sorted(OF_A_STATION))
def test_a_station_sees_its_own_and_no_others(busy_server: LiveServer, ada: Owner, bob: Owner, operation: str) -> None:
    ask, code = OF_A_STATION[operation]
    with busy_server.client(headers={"authorization": f"Bearer {ada.station_token}"}) as station:
        assert ask(station, ada).status_code == 200
        assert (ask(station, bob).status_code, ask(station, bob).json()["code"]) == (404, code)


def test_a_person_erases_themselves(busy_server: LiveServer) -> None:
    eve = owner(busy_server)
    ask, _ = OF_A_PERSON["erasePerson"]
    with browser(busy_server, SignedIn(role="person", subject=eve.person, name="Ada")) as client:
        assert ask(client, eve).json()["person"] == str(eve.person)
