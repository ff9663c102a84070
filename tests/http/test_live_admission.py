"""Who may watch, and for how long: refused so that a browser can read why, and ended with the token or the sign-in."""

from __future__ import annotations

from uuid import uuid4

import pytest

from adapters.http.access_tokens import ROLES, Role
from adapters.http.rate_limits import ALLOWANCES, Allowance
from adapters.live.feed import FeedTimes
from tests.http.browsers import new_account
from tests.http.live_server import LiveServer
from tests.http.live_watching import as_role, person_of, watching

MAY: dict[str, set[Role]] = {"mine": {"person"}, "staff": {"staff", "admin"}}


@pytest.fixture
def often_asked(busy_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy_server.services.live, "times", FeedTimes(ask_again_s=0.2))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("channel", sorted(MAY))
def test_a_role_may_watch_what_the_table_says(busy_server: LiveServer, channel: str, role: Role) -> None:
    with as_role(busy_server, channel, role) as socket:
        if role in MAY[channel]:
            assert socket.next()["kind"] == "snapshot"
        else:
            assert socket.code() == 4403


@pytest.mark.parametrize("channel", sorted(MAY))
def test_nobody_may_watch(busy_server: LiveServer, channel: str) -> None:
    with as_role(busy_server, channel, None) as socket:
        assert socket.code() == 4401
    with watching(busy_server, channel, f"fci_{'a' * 43}") as socket:
        assert socket.code() == 4401


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("channel", sorted(MAY))
def test_the_events_and_the_state_are_as_guarded(busy_server: LiveServer, channel: str, role: Role) -> None:
    with busy_server.client(role) as client:
        for path in ("events/?for_s=0", "state/"):
            answer = client.get(f"/api/live/{channel}/{path}")
            assert answer.status_code == (200 if role in MAY[channel] else 403), answer.text
    with busy_server.client() as client:
        assert client.get(f"/api/live/{channel}/events/?for_s=0").status_code == 401


@pytest.mark.parametrize("after", ["", "-1", "1.5", "next", "٣", "9" * 30, str(2**53)])
def test_what_is_no_position_is_refused(busy_server: LiveServer, after: str) -> None:
    with as_role(busy_server, "staff", "staff", query=f"?after={after}") as socket:
        assert socket.code() == 4400


@pytest.mark.parametrize("role", ["staff", "analyst"])
def test_who_joins_too_often_is_told_to_come_back_later(
    busy_server: LiveServer, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    monkeypatch.setitem(ALLOWANCES, (role, "join"), Allowance(2, 1e-6))
    token = busy_server.run(busy_server.services.tokens.create(role, f"dashboard {uuid4()}")).token
    for _ in range(2):
        with watching(busy_server, "staff", token) as socket:
            if role in MAY["staff"]:
                assert socket.next()["kind"] == "snapshot"
            else:
                assert socket.code() == 4403
    with watching(busy_server, "staff", token) as socket:
        assert socket.code() == 4429


@pytest.mark.parametrize(("frame", "code"), [(b"\x83\x80\0\0\0\0", 1002), (b"\x81\x81\0\0\0\0\xff", 1007)])
def test_what_breaks_the_protocol_is_closed_as_the_protocol_says(
    busy_server: LiveServer, frame: bytes, code: int
) -> None:
    with as_role(busy_server, "staff", "staff") as socket:
        socket.send_raw(frame)
        assert socket.code() == code


def test_a_watcher_who_talks_is_ended(busy_server: LiveServer) -> None:
    with as_role(busy_server, "staff", "staff") as socket:
        socket.send("hello")
        assert socket.code() == 1003
    with as_role(busy_server, "staff", "staff") as socket:
        socket.send("x" * 2000)
        assert socket.code() == 1009


def test_a_revoked_token_ends_its_sockets(busy_server: LiveServer, often_asked: None) -> None:
    name = f"dashboard {uuid4()}"
    token = busy_server.run(busy_server.services.tokens.create("staff", name)).token
    with watching(busy_server, "staff", token) as socket:
        socket.until_caught_up()
        busy_server.run(busy_server.services.tokens.revoke(name))
        assert socket.code() == 4401


def test_a_revoked_token_ends_its_events(busy_server: LiveServer, often_asked: None) -> None:
    _, token = person_of(busy_server, "Ada")
    with (
        busy_server.client(headers={"authorization": f"Bearer {token}"}) as client,
        client.stream("GET", "/api/live/mine/events/") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        rows = busy_server.run(
            busy_server.record.database.fetch("SELECT name FROM access_token ORDER BY created_at DESC LIMIT 1")
        )
        busy_server.run(busy_server.services.tokens.revoke(rows[0][0]))
        assert any("snapshot" in line for line in lines), "and then the stream ends"


@pytest.mark.parametrize(("origin", "welcome"), [("own", True), ("https://elsewhere.example", False), (None, False)])
def test_a_cookie_is_good_from_a_page_of_our_own(busy_server: LiveServer, origin: str | None, welcome: bool) -> None:
    accounts = busy_server.services.accounts
    made = busy_server.run(accounts.sign_ins.begin(new_account(busy_server, "staff")))
    headers = {"Cookie": f"{accounts.cookie.name}={made.value}"}
    if origin is not None:
        headers["Origin"] = f"http://127.0.0.1:{busy_server.port}" if origin == "own" else origin
    with watching(busy_server, "staff", None, headers=headers) as socket:
        if welcome:
            assert socket.next()["kind"] == "snapshot"
        else:
            assert socket.code() == 4403


def test_signing_out_ends_the_sockets(busy_server: LiveServer, often_asked: None) -> None:
    accounts = busy_server.services.accounts
    made = busy_server.run(accounts.sign_ins.begin(new_account(busy_server, "admin")))
    headers = {
        "Cookie": f"{accounts.cookie.name}={made.value}",
        "Origin": f"http://127.0.0.1:{busy_server.port}",
    }
    with watching(busy_server, "staff", None, headers=headers) as socket:
        socket.until_caught_up()
        busy_server.run(accounts.sign_ins.end(made.value))
        assert socket.code() == 4401
