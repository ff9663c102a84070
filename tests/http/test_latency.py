"""The latencies over HTTP: of which days, of which station, and that a check-in is in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from adapters.demo.cast import CAST
from tests.http.drawn_people import in_base64, perform
from tests.http.live_server import LiveServer, subject_of


def test_a_check_in_is_told_by_its_stages(warm_server: LiveServer) -> None:
    began = datetime.now(UTC).date()
    frame = perform(CAST[1], "neutral", seed=71).primary_frame
    with warm_server.client("station") as station:
        assert station.post("/api/checkin/identify/", json={"image": in_base64(frame)[0]}).status_code == 200
    head = warm_server.run(warm_server.record.database.fetch("SELECT max(notification_id) FROM event"))[0][0]
    warm_server.run(warm_server.record.projections.wait(head, 30))
    with warm_server.client("analyst") as analyst:
        mine = analyst.get("/api/latency/", params={"station": str(subject_of(warm_server, "station"))}).json()["days"]
        day = date.fromisoformat(mine[-1]["day"])
        days = analyst.get("/api/latency/", params={"to": str(day)}).json()["days"]
        before = analyst.get("/api/latency/", params={"to": str(day - timedelta(days=1))}).json()["days"]
    assert began <= day <= datetime.now(UTC).date()
    assert next(one["station_id"] for one in days if one["day"] == str(day)) is None, "all stations together first"
    assert mine[-1] in days
    assert not [one for one in before if one["day"] >= str(day)]
    stages = {stage["stage"]: stage for stage in mine[-1]["stages"]}
    assert {"identify", "identify.queue", "identify.decode", "identify.embed"} <= set(stages)
    whole = stages["identify"]
    assert whole["count"] >= 1
    assert 1 < whole["p50_ms"] <= whole["p95_ms"] <= whole["p99_ms"]
    assert {day["station_id"] for day in mine} == {str(subject_of(warm_server, "station"))}


@pytest.mark.parametrize("days", ["?from=2026-11-02T00:00:00Z", "?to=yesterday", "?from=0", "?station=north"])
def test_what_is_no_day_and_no_station_is_named(busy_server: LiveServer, days: str) -> None:
    with busy_server.client("staff") as staff:
        answer = staff.get("/api/latency/" + days)
    assert (answer.status_code, answer.json()["code"]) == (400, "request-malformed")
    assert answer.json()["errors"][0]["parameter"] in ("from", "to", "station")


@pytest.mark.parametrize("days", ["?from=2026-11-03&to=2026-11-02", "?from=2026-01-01&to=2026-11-02", "?to=0001-01-01"])
def test_a_window_is_in_order_and_not_too_long(busy_server: LiveServer, days: str) -> None:
    with busy_server.client("staff") as staff:
        answer = staff.get("/api/latency/" + days)
    expected = (200, None) if "0001" in days else (422, "window-impossible")
    assert (answer.status_code, answer.json().get("code")) == expected
