"""The figures of the process: they move with what happens, and no label holds what a caller sent."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

from adapters.demo.cast import CAST
from tests.http.drawn_people import in_base64, perform
from tests.http.live_server import LiveServer, subject_of

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def measured(server: LiveServer) -> Samples:
    with server.client("admin") as admin:
        answer = admin.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def grown(before: Samples, after: Samples, name: str, **labels: str) -> float:
    key = (name, tuple(sorted(labels.items())))
    return after.get(key, 0.0) - before.get(key, 0.0)


def test_a_check_in_moves_every_figure_on_its_way(warm_server: LiveServer) -> None:
    before = measured(warm_server)
    frame = perform(CAST[2], "neutral", seed=72).primary_frame
    with warm_server.client("station") as station:
        answer = station.post("/api/checkin/identify/", json={"image": in_base64(frame)[0]})
        refused = station.post("/api/checkin/identify/", json={"image": in_base64(b"no picture")[0]})
    assert (answer.status_code, refused.status_code) == (200, 422)
    head = warm_server.run(warm_server.record.database.fetch("SELECT max(notification_id) FROM event"))[0][0]
    warm_server.run(warm_server.record.projections.wait(head, 30))
    after = measured(warm_server)
    route = {"method": "POST", "route": "/api/checkin/identify"}
    assert grown(before, after, "facecheckin_http_request_seconds_count", **route, status="200") == 1
    assert grown(before, after, "facecheckin_http_request_seconds_count", **route, status="422") == 1
    assert grown(before, after, "facecheckin_problems_total", code="image-not-jpeg") == 1
    assert grown(before, after, "facecheckin_refusals_total", code="image-not-jpeg") == 1
    assert grown(before, after, "facecheckin_decisions_total", kind="refused") == 1
    kind = "match" if answer.json()["match"] else answer.json()["decision"]
    assert grown(before, after, "facecheckin_decisions_total", kind=kind) == 1
    assert grown(before, after, "facecheckin_inference_queue_seconds_count", operation="look") == 2
    stage = {"operation": "look", "stage": "embed"}
    assert grown(before, after, "facecheckin_inference_stage_seconds_count", **stage) == 1
    assert grown(before, after, "facecheckin_append_seconds_count") == 4
    assert grown(before, after, "facecheckin_events_appended_total") == 5
    for read_model in ("latency", "check_in_status"):
        assert grown(before, after, "facecheckin_projection_seconds_count", read_model=read_model) == 4
        assert after["facecheckin_projection_positions_behind", (("read_model", read_model),)] == 0
    heard = (("station", str(subject_of(warm_server, "station"))),)
    assert after["facecheckin_station_heard_timestamp_seconds", heard] > 1_700_000_000
    assert after["facecheckin_queue_requests", ()] == 0
    assert after["process_resident_memory_bytes", ()] > 50e6
    assert grown({}, after, "facecheckin_model_info", identity="resnet-29.v1") == 1


def test_what_a_caller_makes_up_becomes_no_label(busy_server: LiveServer) -> None:
    with busy_server.client("station") as station:
        station.get("/made/up/path")
        station.request("MADEUP", "/api/people/made-up/")
        station.post("/api/checkin/identify/", json={"made-up": "made-up"})
    samples = measured(busy_server)
    assert not re.search("made-?up", repr(list(samples)), re.IGNORECASE)
    assert samples["facecheckin_problems_total", (("code", "request-malformed"),)] >= 1


def test_the_queue_and_its_refusals_are_seen(busy_server: LiveServer) -> None:
    before = measured(busy_server)
    with busy_server.client("station") as station:
        assert station.post("/api/checkin/identify/", json={"image": "/9j/"}).status_code == 503
    after = measured(busy_server)
    assert grown(before, after, "facecheckin_problems_total", code="overloaded") == 1
    assert after["facecheckin_queue_requests", ()] == 16
