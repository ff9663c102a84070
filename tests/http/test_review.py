"""Looking again: what was matched to nobody waits for staff, and counts as they say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from domain import check_in as check_ins
from domain.check_in import CheckInEvent
from domain.matching import Ambiguous, Decision, Match, Unknown
from tests.event_store.samples import BOX, EVIDENCE, QUALITY, REFUSAL, TIMINGS
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer, subject_of
from tests.http.test_sessions import NOW, caught_up, hold, problem, sheet, staff

__all__ = ["staff"]


def seen(server: LiveServer, decision: Decision | None) -> UUID:
    """A check-in of two minutes ago, decided so; None for a capture that was refused."""
    station, burst_id, at = subject_of(server, "station"), uuid4().hex, NOW - timedelta(minutes=2)
    id = check_ins.check_in_id(station, burst_id)
    events: list[CheckInEvent] = check_ins.start(
        station_id=station, burst_id=burst_id, request_digest="d", claimed=None, captured_at=None, at=at
    )
    started = check_ins.replay(id, events)
    assert started is not None
    if decision is None:
        events += check_ins.refuse_capture(started, REFUSAL, timings_ms=TIMINGS, at=at)
    else:
        events += check_ins.decide_identity(started, decision, quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=at)

    async def record() -> None:
        position = await server.record.store.append(id, 0, events)
        await server.record.projections.wait(position, 30)

    server.run(record())
    return id


def registered(staff: httpx.Client, user_id: str) -> UUID:
    return register(staff, user_id, user_id.title(), ["face"])


def waiting(staff: httpx.Client, id: UUID) -> dict[str, Any] | None:
    answer = staff.get("/api/review/")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = [item for item in answer.json()["items"] if item["checkin_id"] == str(id)]
    return found[0] if found else None


def test_an_ambiguous_check_in_waits_with_its_candidates_until_it_is_assigned(
    busy_server: LiveServer, staff: httpx.Client
) -> None:
    ada, bob = (registered(staff, f"rev-{name}") for name in ("ada", "bob"))
    session = hold(busy_server, staff, "rev-ada", "rev-bob")
    id = seen(busy_server, Ambiguous((ada, bob), EVIDENCE))
    item = waiting(staff, id)
    assert item is not None
    assert (item["kind"], item["distance"], item["threshold"]) == ("ambiguous", 0.31, 0.5)
    assert {one["user_id"] for one in item["candidates"]} == {"rev-ada", "rev-bob"}
    assert sheet(staff, session)["rev-bob"]["status"] == "expected"

    answer = staff.post(f"/api/review/{id}/assign/", json={"user_id": "rev-bob"})
    assert answer.json() == {
        "checkin_id": str(id),
        "status": "checked_in",
        "person_id": str(bob),
        "dismissed": False,
    }
    assert waiting(staff, id) is None
    assert sheet(staff, session)["rev-bob"]["status"] == "present"
    assert staff.post(f"/api/review/{id}/assign/", json={"user_id": "rev-bob"}).json() == answer.json()


def test_a_match_that_staff_deny_no_longer_counts_and_waits_again(busy_server: LiveServer, staff: httpx.Client) -> None:
    cleo = registered(staff, "rev-cleo")
    session = hold(busy_server, staff, "rev-cleo")
    id = seen(busy_server, Match(cleo, EVIDENCE))
    assert sheet(staff, session)["rev-cleo"]["status"] == "present"
    assert staff.post(f"/api/review/{id}/deny/").json()["person_id"] is None
    assert sheet(staff, session)["rev-cleo"]["status"] == "expected"
    item = waiting(staff, id)
    assert item is not None
    assert item["kind"] == "denied"
    assert problem(staff.post(f"/api/review/{id}/deny/")) == (409, "nobody-matched")


def test_what_was_settled_of_whom_it_was_taken_from_is_revised(busy_server: LiveServer, staff: httpx.Client) -> None:
    dora, eve = (registered(staff, f"rev-{name}") for name in ("dora", "eve"))
    session = hold(
        busy_server,
        staff,
        "rev-dora",
        starts_at=(NOW - timedelta(minutes=30)).isoformat(),
        ends_at=(NOW - timedelta(seconds=30)).isoformat(),
        late_after=(NOW - timedelta(minutes=1)).isoformat(),
    )
    id = seen(busy_server, Match(dora, EVIDENCE))
    with busy_server.client("station") as station:
        assert station.post("/api/stations/progress/", json={"through": NOW.isoformat()}).is_success
    busy_server.run(caught_up(busy_server))
    assert staff.post(f"/api/sessions/{session}/close/").is_success
    assert sheet(staff, session)["rev-dora"]["status"] == "present"
    assert staff.post(f"/api/review/{id}/assign/", json={"user_id": "rev-eve"}).json()["person_id"] == str(eve)
    settled = busy_server.run(busy_server.services.sessions.settle())
    assert settled.revised >= 1
    assert sheet(staff, session)["rev-dora"]["status"] == "absent"


def test_a_refused_capture_is_dismissed_with_what_was_measured_of_it(
    busy_server: LiveServer, staff: httpx.Client
) -> None:
    id = seen(busy_server, None)
    item = waiting(staff, id)
    assert item is not None
    assert (item["refusal_code"], item["refusal_value"], item["refusal_limit"]) == ("image-blurred", 12.5, 40.0)
    assert staff.post(f"/api/review/{id}/dismiss/").json()["dismissed"] is True
    assert waiting(staff, id) is None


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("assign", {"user_id": "nobody-at-all"}, (404, "candidate-unknown")),
        ("dismiss", None, (404, "checkin-not-found")),
        ("deny", None, (404, "checkin-not-found")),
    ],
)
def test_what_is_not_there_cannot_be_reviewed(
    staff: httpx.Client, path: str, body: dict[str, str] | None, expected: tuple[int, str]
) -> None:
    assert problem(staff.post(f"/api/review/{uuid4()}/{path}/", json=body)) == expected


def test_a_matched_check_in_is_not_dismissed(busy_server: LiveServer, staff: httpx.Client) -> None:
    id = seen(busy_server, Match(registered(staff, "rev-fay"), EVIDENCE))
    assert problem(staff.post(f"/api/review/{id}/dismiss/")) == (409, "somebody-matched")


def test_the_list_goes_on_page_by_page_and_by_kind(busy_server: LiveServer, staff: httpx.Client) -> None:
    ids = [seen(busy_server, Unknown(EVIDENCE)) for _ in range(3)]
    first = staff.get("/api/review/", params={"kind": "unknown"}).json()
    assert [item["checkin_id"] for item in first["items"]][:3] == [str(id) for id in reversed(ids)]
    assert first["counts"]["unknown"] >= 3
    rest = staff.get("/api/review/", params={"kind": "unknown", "before": first["items"][0]["position"]}).json()
    assert rest["items"][0]["checkin_id"] == str(ids[1])
