"""Signed-in browsers: what their cookie is, when it ends, and from which pages it counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.accounts.sign_ins import LIFETIMES, NewSignIn, SignIns
from adapters.database import Database
from adapters.http.access_tokens import Role
from adapters.http.cookie_sessions import SignInCookie
from application.sign_in import SignedIn
from tests.http.browsers import browser, new_account, signed_in
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer

__all__ = ["signed_in"]
NOBODY = (401, "unauthenticated")


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def person(signed_in: dict[Role, SignedIn]) -> SignedIn:
    return signed_in["person"]


@pytest.fixture
def ada(busy_server: LiveServer, person: SignedIn) -> Iterator[httpx.Client]:
    with browser(busy_server, person) as client:
        yield client


def move(server: LiveServer, column: str, client: httpx.Client, by: timedelta) -> None:
    """As though so much time had passed for this one sign-in."""
    current = next(one["id"] for one in client.get("/api/me/sign-ins/").json()["sign_ins"] if one["current"])
    statement = f"UPDATE sign_in SET {column} = {column} - %s WHERE id = %s"
    server.run(server.record.database.fetch(statement, (by, UUID(current))))


def test_who_am_i_is_told_to_a_browser_and_to_a_token(busy_server: LiveServer, person: SignedIn) -> None:
    with browser(busy_server, person) as client:
        me = client.get("/api/me/").json()
    assert {**me, "expires_at": None} == {
        "role": "person",
        "name": "Ada",
        "subject": str(person.subject),
        "expires_at": None,
    }
    assert me["expires_at"] is not None
    with busy_server.client("station") as station:
        assert (station.get("/api/me/").json()["role"], station.get("/api/me/").json()["expires_at"]) == (
            "station",
            None,
        )


def test_only_a_hash_of_the_cookie_is_kept(busy_server: LiveServer, person: SignedIn) -> None:
    with browser(busy_server, person) as client:
        value = next(iter(client.cookies.values()))
    rows = busy_server.run(busy_server.record.database.fetch("SELECT sign_in::text FROM sign_in"))
    assert rows
    assert all(value not in row for (row,) in rows)


def test_an_idle_browser_is_signed_out(busy_server: LiveServer, ada: httpx.Client) -> None:
    move(busy_server, "idle_until", ada, LIFETIMES["person"].idle - timedelta(hours=1))
    assert ada.get("/api/me/").status_code == 200, "being asked starts the time anew"
    move(busy_server, "idle_until", ada, LIFETIMES["person"].idle)
    assert told(ada.get("/api/me/")) == NOBODY


def test_a_browser_in_use_is_signed_out_at_the_latest_then(busy_server: LiveServer, ada: httpx.Client) -> None:
    move(busy_server, "expires_at", ada, LIFETIMES["person"].longest - timedelta(hours=1))
    assert ada.get("/api/me/").status_code == 200
    move(busy_server, "expires_at", ada, timedelta(hours=1))
    assert told(ada.get("/api/me/")) == NOBODY


def test_signing_out_ends_this_browser_and_clears_its_cookie(busy_server: LiveServer, person: SignedIn) -> None:
    with browser(busy_server, person) as one, browser(busy_server, person) as other:
        value = next(iter(one.cookies.values()))
        answer = one.post("/api/me/sign-out/")
        assert (answer.status_code, "Max-Age=0" in answer.headers["set-cookie"]) == (204, True)
        one.cookies.set("facecheckin", value)
        assert told(one.get("/api/me/")) == NOBODY
        assert other.get("/api/me/").status_code == 200


def test_one_of_my_browsers_is_ended_from_another_and_nobody_elses(
    busy_server: LiveServer, signed_in: dict[Role, SignedIn], person: SignedIn
) -> None:
    with (
        browser(busy_server, person) as one,
        browser(busy_server, person) as other,
        browser(busy_server, signed_in["admin"]) as admin,
    ):
        (mine,) = [s["id"] for s in one.get("/api/me/sign-ins/").json()["sign_ins"] if s["current"]]
        assert told(admin.delete(f"/api/me/sign-ins/{mine}/")) == (404, "not-found")
        assert one.get("/api/me/").status_code == 200
        assert other.delete(f"/api/me/sign-ins/{mine}/").status_code == 204
        assert told(one.get("/api/me/")) == NOBODY


def test_signing_out_everywhere_ends_every_browser(busy_server: LiveServer) -> None:
    who = new_account(busy_server, "staff")
    with browser(busy_server, who) as one, browser(busy_server, who) as other:
        assert one.delete("/api/me/sign-ins/").status_code == 204
        assert told(other.get("/api/me/")) == NOBODY


@pytest.mark.parametrize("change", ["disabled", "role", "password"])
def test_a_changed_account_is_signed_out_at_the_next_request(busy_server: LiveServer, change: str) -> None:
    who = new_account(busy_server, "staff")
    manage = busy_server.services.accounts.manage
    with browser(busy_server, who) as client:
        assert client.get("/api/me/").status_code == 200
        if change == "disabled":
            busy_server.run(manage.disable(who.subject, by=None))
        elif change == "role":
            busy_server.run(manage.change_role(who.subject, "admin", by=None))
        else:
            busy_server.run(manage.reset_password(who.subject, by=None))
        assert told(client.get("/api/me/")) == NOBODY


def test_what_ends_in_one_process_has_ended_in_every_other(busy_server: LiveServer, person: SignedIn) -> None:
    """Another process is another set of connections: nothing about a sign-in is remembered outside the database."""

    async def elsewhere(made: NewSignIn, *, end: bool) -> bool:
        async with Database(busy_server.record.database.dsn) as database:
            other = SignIns(database)
            if end:
                await other.end(made.value)
            return await other.find(made.value) is not None

    made = busy_server.run(busy_server.services.accounts.sign_ins.begin(person))
    assert busy_server.run(elsewhere(made, end=False))
    with busy_server.client() as client:
        client.cookies.set("facecheckin", made.value)
        assert client.get("/api/me/").status_code == 200
        assert not busy_server.run(elsewhere(made, end=True))
        assert told(client.get("/api/me/")) == NOBODY


def test_an_erased_person_is_signed_out_and_nothing_of_the_sign_in_is_left(busy_server: LiveServer) -> None:
    with busy_server.client("staff") as staff:
        id = register(staff, f"erased-{uuid4()}", "Eva", ["face"])
    with browser(busy_server, SignedIn(role="person", subject=id, name="Eva")) as client:
        assert client.delete(f"/api/people/{id}/").json()["person"] == str(id)
        assert told(client.get("/api/me/")) == NOBODY
    rows = busy_server.run(busy_server.record.database.fetch("SELECT 1 FROM sign_in WHERE subject = %s", (id,)))
    assert rows == []


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "OURS"}, False),
        ({"origin": "OURS"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
def test_a_change_by_cookie_has_to_come_from_a_page_of_ours(
    busy_server: LiveServer, person: SignedIn, headers: dict[str, str], ours: bool
) -> None:
    own = f"http://127.0.0.1:{busy_server.port}"
    sent = {name: value.replace("OURS", own) for name, value in headers.items()}
    path = f"/api/people/{person.subject}/consents/face/"
    with browser(busy_server, person, headers=sent) as client:
        answer = client.put(path)
        assert client.get("/api/me/").status_code == 200, "reading is not held against anybody"
    assert answer.status_code == 200 if ours else told(answer) == (403, "origin-refused")


def test_a_token_may_come_from_anywhere_and_is_asked_before_a_cookie(busy_server: LiveServer, person: SignedIn) -> None:
    headers = {"authorization": f"Bearer {busy_server.callers['staff'].token}", "origin": "http://evil.example"}
    with browser(busy_server, person, headers=headers) as client:
        assert client.get("/api/me/").json()["role"] == "staff"
        assert client.put(f"/api/people/{person.subject}/consents/face/").status_code == 200


@pytest.mark.parametrize("value", ["", "fcs_", f"fcs_{'a' * 43}", "ä", "x" * 4000])
def test_a_cookie_that_is_none_of_ours_is_nobody(busy_server: LiveServer, value: str) -> None:
    with busy_server.client(headers={"cookie": f"facecheckin={value}".encode()}) as client:  # type: ignore[dict-item]  # httpx takes bytes
        assert told(client.get("/api/me/")) == NOBODY


def test_under_https_the_cookie_is_tied_to_its_host() -> None:
    made = NewSignIn(value="fcs_x", expires_at=None)  # type: ignore[arg-type]  # it is not looked at
    header = SignInCookie("https://door.example").set(made, 60)["Set-Cookie"]
    assert header == "__Host-facecheckin=fcs_x; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=60"
    plain = SignInCookie(None).set(made, 60)["Set-Cookie"]
    assert plain == "facecheckin=fcs_x; Path=/; HttpOnly; SameSite=Strict; Max-Age=60"
