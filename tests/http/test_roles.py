"""Who may do what: every operation is tried as every role, as nobody, and with a token that is not one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.http.access_tokens import ROLES, Role
from adapters.http.openapi import described_operations
from adapters.http.operation import operation_of
from tests.http.live_server import LiveServer

SOMETHING = str(uuid4())
BURST = ["/9j/"] * 6
PLAN = {
    "title": "Algebra",
    "room": "R 1",
    "stations": [SOMETHING],
    "starts_at": "2026-11-02T08:00:00Z",
    "ends_at": "2026-11-02T09:00:00Z",
    "zone": "UTC",
}
TIMETABLE = {
    "format": "csv",
    "text": "",
    "start": "2026-11-02T08:00:00Z",
    "end": "2026-11-02T09:00:00Z",
    "zone": "UTC",
}
# By operation id: method, path and body of a request that is well-formed.
REQUESTS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "identify": ("POST", "/api/checkin/identify/", {"image": "/9j/"}),
    "readEmotion": ("POST", "/api/checkin/emotion/", {"images": BURST, "checkin_id": SOMETHING}),
    "checkInBurst": ("POST", "/api/checkin/burst/", {"images": BURST}),
    "getCheckIn": ("GET", f"/api/checkin/{SOMETHING}/", None),
    "listCheckIns": ("GET", "/api/checkin/", None),
    "registerPerson": ("POST", "/api/people/", {"user_id": "roles", "name": "Ada", "consents": ["face"]}),
    "listPeople": ("GET", "/api/people/", None),
    "enrolPhotographs": (
        "POST",
        f"/api/people/{SOMETHING}/photographs/",
        {"photographs": [{"name": "1", "image": "/9j/"}]},
    ),
    "erasePerson": ("DELETE", f"/api/people/{SOMETHING}/", None),
    "giveConsent": ("PUT", f"/api/people/{SOMETHING}/consents/face/", None),
    "withdrawConsent": ("DELETE", f"/api/people/{SOMETHING}/consents/face/", None),
    "exportPerson": ("GET", f"/api/people/{SOMETHING}/export/", None),
    "getEmotions": ("GET", "/api/emotion/", None),
    "scheduleSession": ("PUT", f"/api/sessions/{SOMETHING}/", PLAN),
    "listSessions": ("GET", "/api/sessions/", None),
    "getSession": ("GET", f"/api/sessions/{SOMETHING}/", None),
    "changeRoster": ("PUT", f"/api/sessions/{SOMETHING}/roster/", {"user_ids": []}),
    "openSession": ("POST", f"/api/sessions/{SOMETHING}/open/", None),
    "closeSession": ("POST", f"/api/sessions/{SOMETHING}/close/", None),
    "cancelSession": ("DELETE", f"/api/sessions/{SOMETHING}/", None),
    "correctAttendance": (
        "POST",
        f"/api/sessions/{SOMETHING}/corrections/",
        {"person_id": SOMETHING, "status": "late"},
    ),
    "checkInByStaff": ("POST", f"/api/sessions/{SOMETHING}/check-ins/", {"user_id": "roles", "request_id": "1"}),
    "checkInByPin": ("POST", "/api/checkin/pin/", {"user_id": "roles", "pin": "1", "request_id": "1"}),
    "checkInByCode": ("POST", "/api/checkin/code/", {"code": "roles", "request_id": "1"}),
    "reportProgress": ("POST", "/api/stations/progress/", {"through": "2026-11-02T08:00:00Z"}),
    "issuePin": ("POST", f"/api/people/{SOMETHING}/pin/", None),
    "issueCode": ("POST", f"/api/people/{SOMETHING}/code/", None),
    "revokeCredentials": ("DELETE", f"/api/people/{SOMETHING}/credentials/", None),
    "importPeople": ("POST", "/api/imports/people/", {"text": ""}),
    "importRosters": ("POST", "/api/imports/rosters/", {"text": ""}),
    "importTimetable": ("POST", "/api/imports/timetable/", TIMETABLE),
    "listProblems": ("GET", "/problems/", None),
    "getProblem": ("GET", "/problems/no-face/", None),
    "isAlive": ("GET", "/health/live/", None),
    "isReady": ("GET", "/health/ready/", None),
}
MAY: dict[str, set[Role]] = {
    "identify": {"station"},
    "readEmotion": {"station"},
    "checkInBurst": {"station"},
    "getCheckIn": {"station", "staff", "admin"},
    "listCheckIns": {"staff", "admin"},
    "registerPerson": {"staff", "admin"},
    "listPeople": {"staff", "admin"},
    "enrolPhotographs": {"staff", "admin"},
    "erasePerson": {"admin"},
    "giveConsent": {"staff", "admin", "person"},
    "withdrawConsent": {"staff", "admin", "person"},
    "exportPerson": {"admin", "person"},
    "getEmotions": {"staff", "analyst", "admin"},
    "scheduleSession": {"staff", "admin"},
    "listSessions": {"staff", "admin"},
    "getSession": {"staff", "admin"},
    "changeRoster": {"staff", "admin"},
    "openSession": {"staff", "admin"},
    "closeSession": {"staff", "admin"},
    "cancelSession": {"staff", "admin"},
    "correctAttendance": {"staff", "admin"},
    "checkInByStaff": {"staff", "admin"},
    "issuePin": {"staff", "admin"},
    "issueCode": {"staff", "admin"},
    "revokeCredentials": {"staff", "admin"},
    "importRosters": {"staff", "admin"},
    "importTimetable": {"staff", "admin"},
    "checkInByPin": {"station"},
    "checkInByCode": {"station"},
    "reportProgress": {"station"},
    "importPeople": {"admin"},
}
PUBLIC = set(REQUESTS) - set(MAY)


def ask(client: httpx.Client, operation: str) -> httpx.Response:
    method, path, body = REQUESTS[operation]
    return client.request(method, path) if body is None else client.request(method, path, json=body)


def test_the_table_holds_every_operation() -> None:
    assert set(REQUESTS) == set(described_operations())
    for name, handler in described_operations().items():
        declared = operation_of(handler)
        assert declared is not None
        assert declared.roles == MAY.get(name)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", sorted(MAY))
def test_a_role_may_do_what_the_table_says(busy_server: LiveServer, operation: str, role: Role) -> None:
    with busy_server.client(role) as client:
        answer = ask(client, operation)
    if role in MAY[operation]:
        assert answer.status_code not in (401, 403, 500), answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("operation", sorted(MAY))
def test_nobody_may_do_nothing(busy_server: LiveServer, operation: str) -> None:
    with busy_server.client() as client:
        answer = ask(client, operation)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer fci_wrong", f"Bearer fci_{'a' * 43}", "Basic YTpi", f"Token fci_{'a' * 43}"],
)
def test_what_is_no_token_of_ours_is_nobody(busy_server: LiveServer, header: str) -> None:
    with busy_server.client(headers={"authorization": header}) as client:
        answer = ask(client, "identify")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("operation", sorted(PUBLIC))
def test_anybody_may_ask_what_is_public(busy_server: LiveServer, operation: str) -> None:
    with busy_server.client() as client:
        assert ask(client, operation).status_code == 200


def test_a_revoked_token_ends_at_once(busy_server: LiveServer) -> None:
    tokens = busy_server.services.tokens
    created = busy_server.run(tokens.create("staff", "short-lived"))
    with busy_server.client(headers={"authorization": f"Bearer {created.token}"}) as client:
        assert client.get("/api/people/").status_code == 200
        assert busy_server.run(tokens.revoke("short-lived")) == 1
        assert client.get("/api/people/").status_code == 401
    assert busy_server.run(tokens.revoke("short-lived")) == 0


def test_a_refused_caller_is_refused_before_the_body_is_read(busy_server: LiveServer) -> None:
    with busy_server.client() as client:
        answer = client.post("/api/checkin/identify/", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 401
