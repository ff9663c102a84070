"""Sessions as staff meet them: scheduled, attended without a face too, corrected, closed and imported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.http.drawn_people import register
from tests.http.live_server import LiveServer, subject_of

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def staff(busy_server: LiveServer) -> Iterator[httpx.Client]:
    with busy_server.client("staff") as client:
        yield client


@pytest.fixture(scope="module")
def station(busy_server: LiveServer) -> Iterator[httpx.Client]:
    with busy_server.client("station") as client:
        yield client


def plan(server: LiveServer, **changes: Any) -> dict[str, Any]:  # a body of JSON
    """A session that began five minutes ago."""
    body = {
        "title": "Algebra",
        "room": "R 1",
        "stations": [str(subject_of(server, "station"))],
        "starts_at": (NOW - timedelta(minutes=5)).isoformat(),
        "ends_at": (NOW + timedelta(minutes=40)).isoformat(),
        "zone": "Europe/Berlin",
    }
    return {**body, **changes}


def hold(server: LiveServer, staff: httpx.Client, *user_ids: str, **changes: Any) -> UUID:
    id = uuid4()
    assert staff.put(f"/api/sessions/{id}/", json=plan(server, **changes)).status_code == 200
    answer = staff.put(f"/api/sessions/{id}/roster/", json={"user_ids": list(user_ids)})
    assert answer.status_code == 200, answer.text
    return id


def sheet(staff: httpx.Client, id: UUID) -> dict[str, Any]:
    answer = staff.get(f"/api/sessions/{id}/")
    assert answer.status_code == 200, answer.text
    rows: dict[str, Any] = {row["user_id"]: row for row in answer.json()["attendance"]}
    return rows


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_session_is_scheduled_once_however_often_it_is_sent(busy_server: LiveServer, staff: httpx.Client) -> None:
    id = uuid4()
    first = staff.put(f"/api/sessions/{id}/", json=plan(busy_server))
    again = staff.put(f"/api/sessions/{id}/", json=plan(busy_server))
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert (first.json()["state"], first.json()["zone"]) == ("scheduled", "Europe/Berlin")
    listed = staff.get("/api/sessions/", params={"start": (NOW - timedelta(hours=1)).isoformat()}).json()["sessions"]
    assert first.json() in listed


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ends_at": NOW.replace(year=2001).isoformat()}, (422, "session-impossible")),
        ({"zone": "Europe/Atlantis"}, (422, "session-impossible")),
        ({"stations": []}, (400, "request-malformed")),
        ({"starts_at": "2026-11-02T09:00:00"}, (400, "request-malformed")),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, (422, "session-impossible")),
        ({"surprise": 1}, (400, "request-malformed")),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(
    busy_server: LiveServer, staff: httpx.Client, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert problem(staff.put(f"/api/sessions/{uuid4()}/", json=plan(busy_server, **changes))) == expected


def test_who_is_unknown_is_named_by_their_place(busy_server: LiveServer, staff: httpx.Client) -> None:
    register(staff, "se-known", "Known", [])
    id = hold(busy_server, staff)
    answer = staff.put(f"/api/sessions/{id}/roster/", json={"user_ids": ["se-known", "se-nobody"]})
    assert problem(answer) == (404, "candidate-unknown")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/user_ids/1"]


def test_pin_code_and_staff_check_in_without_a_face(
    busy_server: LiveServer, staff: httpx.Client, station: httpx.Client
) -> None:
    people = {name: register(staff, f"se-{name}", name.title(), []) for name in ("pina", "cody", "stan", "vera")}
    id = hold(busy_server, staff, *(f"se-{name}" for name in people))
    pin = staff.post(f"/api/people/{people['pina']}/pin/")
    code = staff.post(f"/api/people/{people['cody']}/code/")
    assert (pin.status_code, code.status_code) == (201, 201)
    by_pin = {"user_id": "se-pina", "pin": pin.json()["secret"], "request_id": "se-1"}
    answer = station.post("/api/checkin/pin/", json=by_pin)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["route"], answer.json()["name"]) == ("pin", "Pina")
    assert station.post("/api/checkin/pin/", json=by_pin).json() == answer.json()
    by_code = {"code": code.json()["secret"], "request_id": "se-2"}
    assert station.post("/api/checkin/code/", json=by_code).json()["route"] == "qr"
    early = (NOW - timedelta(minutes=6)).isoformat()
    by_staff = {"user_id": "se-stan", "request_id": "se-3", "captured_at": early}
    assert staff.post(f"/api/sessions/{id}/check-ins/", json=by_staff).json()["route"] == "staff"
    rows = sheet(staff, id)
    assert {user_id: row["status"] for user_id, row in rows.items()} == {
        "se-pina": "present",
        "se-cody": "present",
        "se-stan": "present",
        "se-vera": "expected",
    }
    state = station.get(f"/api/checkin/{answer.json()['checkin_id']}/").json()
    assert (state["status"], state["completed"]) == ("checked_in", True)


def test_a_wrong_pin_is_refused_and_then_everybody_waits(staff: httpx.Client, station: httpx.Client) -> None:
    person = register(staff, "se-guessed", "Guessed", [])
    secret = staff.post(f"/api/people/{person}/pin/").json()["secret"]
    wrong = "000000" if secret != "000000" else "111111"
    for number in range(5):
        body = {"user_id": "se-guessed", "pin": wrong, "request_id": f"guess-{number}"}
        assert problem(station.post("/api/checkin/pin/", json=body)) == (422, "credential-refused")
    answer = station.post("/api/checkin/pin/", json={"user_id": "se-guessed", "pin": secret, "request_id": "guess-6"})
    assert problem(answer) == (429, "too-many-attempts")
    assert 1 <= int(answer.headers["retry-after"]) <= 900
    code = {"code": "fcq_" + "a" * 43, "request_id": "guess-7"}
    assert problem(station.post("/api/checkin/code/", json=code)) == (422, "credential-refused")


def test_a_correction_shows_its_reason_and_its_author(busy_server: LiveServer, staff: httpx.Client) -> None:
    person = register(staff, "se-ill", "Ill", [])
    id = hold(busy_server, staff, "se-ill")
    body = {"person_id": str(person), "status": "excused", "reason": "a doctor's note"}
    answer = staff.post(f"/api/sessions/{id}/corrections/", json=body)
    assert (answer.status_code, answer.json()["counts"]) == (200, {"excused": 1})
    correction = sheet(staff, id)["se-ill"]["correction"]
    assert (correction["reason"], correction["author"]) == ("a doctor's note", str(subject_of(busy_server, "staff")))
    withdrawn = staff.post(f"/api/sessions/{id}/corrections/", json={"person_id": str(person), "status": None})
    assert withdrawn.json()["counts"] == {"expected": 1}
    stranger = {"person_id": str(uuid4()), "status": "late"}
    assert problem(staff.post(f"/api/sessions/{id}/corrections/", json=stranger)) == (409, "not-on-roster")


def test_a_session_is_closed_once_its_station_has_reported(
    busy_server: LiveServer, staff: httpx.Client, station: httpx.Client
) -> None:
    register(staff, "se-absent", "Absent", [])
    start, end = NOW - timedelta(minutes=50), NOW - timedelta(minutes=5)
    id = hold(busy_server, staff, "se-absent", starts_at=start.isoformat(), ends_at=end.isoformat())
    if sheet(staff, id)["se-absent"]["status"] == "expected":
        assert problem(staff.post(f"/api/sessions/{id}/close/")) == (409, "stations-unreported")
    assert station.post("/api/stations/progress/", json={"through": NOW.isoformat()}).status_code == 204
    busy_server.run(caught_up(busy_server))
    closed = staff.post(f"/api/sessions/{id}/close/")
    assert (closed.json()["state"], closed.json()["counts"]) == ("closed", {"absent": 1})
    assert problem(staff.delete(f"/api/sessions/{id}/")) == (409, "session-over")
    roster = staff.put(f"/api/sessions/{id}/roster/", json={"user_ids": []})
    assert problem(roster) == (409, "session-over")


def test_a_cancelled_session_has_no_attendance(busy_server: LiveServer, staff: httpx.Client) -> None:
    register(staff, "se-free", "Free", [])
    id = hold(busy_server, staff, "se-free")
    assert staff.delete(f"/api/sessions/{id}/").status_code == 204
    assert sheet(staff, id) == {}
    assert problem(staff.post(f"/api/sessions/{id}/open/")) == (409, "session-over")


@pytest.mark.parametrize("path", ["", "open/", "close/"])
def test_what_was_never_scheduled_is_not_there(staff: httpx.Client, path: str) -> None:
    method = "POST" if path else "GET"
    assert problem(staff.request(method, f"/api/sessions/{uuid4()}/{path}")) == (404, "session-not-found")


def test_a_moment_without_an_offset_is_no_moment(staff: httpx.Client) -> None:
    assert problem(staff.get("/api/sessions/", params={"start": "2026-11-02T09:00:00"})) == (400, "request-malformed")
    far = {"start": "2026-01-01T00:00:00Z", "end": "2027-01-01T00:00:00Z"}
    assert problem(staff.get("/api/sessions/", params=far)) == (422, "window-impossible")


def test_files_are_imported_with_every_bad_row_named(busy_server: LiveServer) -> None:
    with busy_server.client("admin") as admin:
        people = {"text": "user_id,name,consents\nim-1,Ada,face\nim-2,,\n"}
        assert admin.post("/api/imports/people/", json=people).json() == {
            "added": 1,
            "changed": 0,
            "unchanged": 0,
            "bad": [{"row": 3, "field": "name", "reason": "it is empty"}],
        }
        timetable = {
            "format": "csv",
            "text": "series,title,room,start,end\nim-la,Algebra,R 1,2031-11-02 09:00,2031-11-02 10:00\n",
            "start": "2031-01-01T00:00:00Z",
            "end": "2032-01-01T00:00:00Z",
            "zone": "Europe/Berlin",
            "rooms": {"R 1": [str(uuid4())]},
        }
        assert admin.post("/api/imports/timetable/", json=timetable).json()["added"] == 1
        assert admin.post("/api/imports/timetable/", json=timetable).json()["unchanged"] == 1
        roster = {"text": "series,user_id\nim-la,im-1\n"}
        assert admin.post("/api/imports/rosters/", json=roster).json()["changed"] == 1
        broken = admin.post("/api/imports/timetable/", json={**timetable, "format": "icalendar"})
        assert problem(broken) == (422, "file-unreadable")


async def caught_up(server: LiveServer) -> None:
    rows = await server.record.database.fetch("SELECT max(notification_id) FROM event")
    await server.record.projections.wait(rows[0][0], 5.0)
