"""Who may do what: every operation is tried as every role, as nobody, and with a token that is not one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.http.access_tokens import ROLES, Role
from adapters.http.openapi import described_operations
from adapters.http.operation import operation_of
from application.sign_in import SignedIn
from tests.http.browsers import BROWSER_ROLES, browser, signed_in
from tests.http.live_server import LiveServer

__all__ = ["signed_in"]

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
STATION_SETTINGS = {
    "language": "en",
    "cooldown_s": 3,
    "retake_limit": 3,
    "capture": "presence",
    "heartbeat_s": 30,
    "emotion": True,
}
HEARTBEAT = {
    "software": "0.1.0",
    "queue_items": 0,
    "queue_bytes": 0,
    "dead_letters": 0,
    "camera": "ok",
    "clock_offset_ms": None,
    "uptime_s": 1,
    "delivered_through": None,
}
PUSH_SUBSCRIPTION = {
    "endpoint": "https://push.example/roles",
    "keys": {"p256dh": "A" * 87, "auth": "A" * 22},
    "language": "en",
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
    "getConsents": ("GET", f"/api/people/{SOMETHING}/consents/", None),
    "listAttendance": ("GET", f"/api/people/{SOMETHING}/attendance/", None),
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
    "requestPairing": (
        "POST",
        "/api/stations/pairings/",
        {"public_key": "A" * 43, "name": "Door", "software": "0.1.0"},
    ),
    "followPairing": ("GET", f"/api/stations/pairings/{SOMETHING}/", None),
    "listPairings": ("GET", "/api/stations/pairings/", None),
    "approvePairing": (
        "POST",
        "/api/stations/pairings/approve/",
        {"user_code": "BBBB-BBBB", "name": "Door", "room": "R 1"},
    ),
    "refusePairing": ("POST", "/api/stations/pairings/refuse/", {"user_code": "BBBB-BBBB"}),
    "listStations": ("GET", "/api/stations/", None),
    "moveStation": ("POST", f"/api/stations/{SOMETHING}/move/", {"name": "Door", "room": "R 1"}),
    "changeStationSettings": ("POST", f"/api/stations/{SOMETHING}/settings/", STATION_SETTINGS),
    "revokeStation": ("POST", f"/api/stations/{SOMETHING}/revoke/", None),
    "rotateStationKey": ("POST", "/api/stations/keys/", {"public_key": "A" * 43, "proof": "A" * 86}),
    "heartbeat": ("POST", "/api/stations/heartbeat/", HEARTBEAT),
    "issuePin": ("POST", f"/api/people/{SOMETHING}/pin/", None),
    "issueCode": ("POST", f"/api/people/{SOMETHING}/code/", None),
    "revokeCredentials": ("DELETE", f"/api/people/{SOMETHING}/credentials/", None),
    "reportAttendance": ("GET", "/api/reports/attendance/", None),
    "listReviews": ("GET", "/api/review/", None),
    "assignCheckIn": ("POST", f"/api/review/{SOMETHING}/assign/", {"user_id": "roles"}),
    "denyMatch": ("POST", f"/api/review/{SOMETHING}/deny/", None),
    "dismissCheckIn": ("POST", f"/api/review/{SOMETHING}/dismiss/", None),
    "importPeople": ("POST", "/api/imports/people/", {"text": ""}),
    "importRosters": ("POST", "/api/imports/rosters/", {"text": ""}),
    "importTimetable": ("POST", "/api/imports/timetable/", TIMETABLE),
    "getSignInMeans": ("GET", "/api/sign-in/", None),
    "signInByCode": ("POST", "/api/sign-in/code/", {"code": "0000-0000"}),
    "signInByPassword": ("POST", "/api/sign-in/password/", {"name": "roles", "password": "wrong"}),
    "setPassword": ("POST", "/api/sign-in/set-password/", {"code": "wrong", "password": "wrong"}),
    "issueSignInCode": ("POST", f"/api/people/{SOMETHING}/sign-in-codes/", None),
    "getMe": ("GET", "/api/me/", None),
    "listMySignIns": ("GET", "/api/me/sign-ins/", None),
    "endMySignIns": ("DELETE", "/api/me/sign-ins/", None),
    "endMySignIn": ("DELETE", f"/api/me/sign-ins/{SOMETHING}/", None),
    "signOut": ("POST", "/api/me/sign-out/", None),
    "listMyPushSubscriptions": ("GET", "/api/me/push-subscriptions/", None),
    "keepMyPushSubscription": ("POST", "/api/me/push-subscriptions/", PUSH_SUBSCRIPTION),
    "endMyPushSubscription": ("DELETE", f"/api/me/push-subscriptions/{SOMETHING}/", None),
    "listAccounts": ("GET", "/api/accounts/", None),
    "createAccount": ("POST", "/api/accounts/", {"name": "roles", "role": "staff"}),
    "changeRole": ("PUT", f"/api/accounts/{SOMETHING}/role/", {"role": "staff"}),
    "disableAccount": ("PUT", f"/api/accounts/{SOMETHING}/disabled/", None),
    "enableAccount": ("DELETE", f"/api/accounts/{SOMETHING}/disabled/", None),
    "resetPassword": ("POST", f"/api/accounts/{SOMETHING}/password-reset/", None),
    "listAudit": ("GET", "/api/audit/", None),
    "listSignIns": ("GET", "/api/audit/sign-ins/", None),
    "getPolicy": ("GET", "/api/policy/", None),
    "changePolicy": (
        "PUT",
        "/api/policy/",
        {"emotion": "consented", "templates_days": None, "people_days": None, "thresholds": None},
    ),
    "previewThresholds": ("GET", "/api/policy/preview/", None),
    "getMyState": ("GET", "/api/live/mine/state/", None),
    "getStaffState": ("GET", "/api/live/staff/state/", None),
    "listProblems": ("GET", "/problems/", None),
    "getProblem": ("GET", "/problems/no-face/", None),
    "isAlive": ("GET", "/health/live/", None),
    "getMetrics": ("GET", "/metrics", None),
    "getLatency": ("GET", "/api/latency/", None),
    "isReady": ("GET", "/health/ready/", None),
}
MAY: dict[str, set[Role]] = {
    "identify": {"station"},
    "readEmotion": {"station"},
    "checkInBurst": {"station"},
    "getCheckIn": {"station", "person", "staff", "admin"},
    "listCheckIns": {"staff", "admin"},
    "registerPerson": {"staff", "admin"},
    "listPeople": {"staff", "admin"},
    "enrolPhotographs": {"staff", "admin"},
    "erasePerson": {"admin", "person"},
    "giveConsent": {"staff", "admin", "person"},
    "withdrawConsent": {"staff", "admin", "person"},
    "exportPerson": {"admin", "person"},
    "getEmotions": {"staff", "analyst", "admin"},
    "getMetrics": {"analyst", "admin"},
    "getLatency": {"staff", "analyst", "admin"},
    "scheduleSession": {"staff", "admin"},
    "listSessions": {"staff", "admin"},
    "reportAttendance": {"staff", "admin"},
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
    "listPairings": {"admin"},
    "approvePairing": {"admin"},
    "refusePairing": {"admin"},
    "listStations": {"staff", "admin"},
    "moveStation": {"admin"},
    "changeStationSettings": {"admin"},
    "revokeStation": {"admin"},
    "rotateStationKey": {"station"},
    "heartbeat": {"station"},
    "importPeople": {"admin"},
    "getMyState": {"person"},
    "getStaffState": {"staff", "admin"},
    "listAttendance": {"staff", "admin", "person"},
    "getConsents": {"staff", "admin", "person"},
    "assignCheckIn": {"staff", "admin"},
    "denyMatch": {"staff", "admin"},
    "dismissCheckIn": {"staff", "admin"},
    "listReviews": {"staff", "admin"},
    "issueSignInCode": {"staff", "admin"},
    "getMe": {"station", "person", "staff", "analyst", "admin"},
    "listMySignIns": {"person", "staff", "analyst", "admin"},
    "endMySignIns": {"person", "staff", "analyst", "admin"},
    "endMySignIn": {"person", "staff", "analyst", "admin"},
    "signOut": {"person", "staff", "analyst", "admin"},
    "listMyPushSubscriptions": {"person"},
    "keepMyPushSubscription": {"person"},
    "endMyPushSubscription": {"person"},
    "listAccounts": {"admin"},
    "createAccount": {"admin"},
    "changeRole": {"admin"},
    "disableAccount": {"admin"},
    "enableAccount": {"admin"},
    "resetPassword": {"admin"},
    "listAudit": {"admin"},
    "getPolicy": {"admin"},
    "changePolicy": {"admin"},
    "previewThresholds": {"admin"},
    "listSignIns": {"admin"},
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


@pytest.mark.parametrize("role", BROWSER_ROLES)
@pytest.mark.parametrize("operation", sorted(MAY))
def test_a_role_may_do_the_same_signed_in_with_a_cookie(
    busy_server: LiveServer, signed_in: dict[Role, SignedIn], operation: str, role: Role
) -> None:
    with browser(busy_server, signed_in[role]) as client:
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


@pytest.mark.parametrize("role", [None, *ROLES])
@pytest.mark.parametrize("operation", sorted(PUBLIC))
def test_anybody_may_ask_what_is_public(busy_server: LiveServer, operation: str, role: Role | None) -> None:
    with busy_server.client(role) as client:
        answer = ask(client, operation)
    # What a caller proves by a secret or a key is refused for that, and not for who asks.
    proven = {"sign-in-refused", "signature-invalid", "pairing-not-found"}
    assert answer.status_code == 200 or answer.json()["code"] in proven, answer.text


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
