"""What does not fit the contract is answered with a problem document that says what to change."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import msgspec
import pytest

from adapters.http.openapi import openapi_document
from adapters.http.problem_document import Problem
from adapters.http.services import Readiness
from domain.check_in import check_in_id
from tests.http.live_server import RETRY_AFTER_S, LiveServer, subject_of

IDENTIFY = "/api/checkin/identify/"


def problem(answer: httpx.Response) -> Problem:
    """The problem document of an answer, with what all of them have in common checked."""
    assert answer.headers["content-type"] == "application/problem+json"
    document = msgspec.json.decode(answer.content, type=Problem)
    assert document.status == answer.status_code
    assert document.trace_id is not None
    assert document.trace_id in answer.headers["traceparent"]
    assert document.instance == answer.request.url.path
    return document


@pytest.mark.parametrize(
    "path", ["/nowhere/", "/api/checkin/not-a-uuid/", "/api/checkin/identify/more/", "/problems/no-such/"]
)
def test_a_path_that_is_not_there_is_not_found(busy_server: LiveServer, path: str) -> None:
    with busy_server.client("admin") as client:
        assert problem(client.get(path)).code == "not-found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", IDENTIFY, {"POST", "OPTIONS"}),
        ("PUT", "/api/people/", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("POST", "/health/live/", {"GET", "HEAD", "OPTIONS"}),
        ("PROPFIND", "/health/live/", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_is_not_there_is_answered_with_those_that_are(
    busy_server: LiveServer, method: str, path: str, allowed: set[str]
) -> None:
    with busy_server.client("admin") as client:
        answer = client.request(method, path)
    assert problem(answer).code == "method-not-allowed"
    assert set(answer.headers["allow"].split(", ")) == allowed


def test_a_feed_has_no_method_but_options(busy_server: LiveServer) -> None:
    with busy_server.client("staff") as client:
        assert (client.get("/api/live/staff/").status_code, client.options("/api/live/staff").status_code) == (405, 204)
        for answer in (client.get("/api/live/staff/"), client.options("/api/live/staff")):
            assert answer.headers["allow"] == "OPTIONS"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_path_works_with_and_without_its_slash(busy_server: LiveServer, slash: str) -> None:
    with busy_server.client("station") as client:
        assert client.get("/health/live" + slash).status_code == 200
        assert client.post("/api/checkin/identify" + slash, json={}).status_code == 400
        assert client.post("/api/checkin/emotion" + slash, json={}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": ""},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_a_body_that_is_not_plain_json_is_refused(busy_server: LiveServer, headers: dict[str, str]) -> None:
    with busy_server.client("station", headers=headers) as client:
        assert problem(client.post(IDENTIFY, content=b'{"image": "/9j/"}')).code == "unsupported-media-type"


def test_a_charset_beside_json_is_let_through(busy_server: LiveServer) -> None:
    with busy_server.client("station", headers={"content-type": "application/json; charset=utf-8"}) as client:
        assert problem(client.post(IDENTIFY, content=b'{"image": "/9j/"}')).code == "overloaded"


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused_unread(busy_server: LiveServer, announced: bool) -> None:
    body = msgspec.json.encode({"image": b"\0" * 1_600_000})
    content: Any = body if announced else iter([body[:1_000_000], body[1_000_000:]])
    with busy_server.client("station", headers={"content-type": "application/json"}) as client:
        refused = problem(client.post(IDENTIFY, content=content))
    assert (refused.code, refused.unit, refused.limit) == ("body-too-large", "bytes", 2_004_096)
    assert refused.value == (len(body) if announced else None)


def test_a_frame_of_a_megabyte_and_a_half_is_let_through(busy_server: LiveServer) -> None:
    with busy_server.client("station") as client:
        answer = client.post(IDENTIFY, json={"image": base64.b64encode(b"\xff" * 1_500_000).decode()})
    assert problem(answer).code == "overloaded"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"[]", ""),
        (b"{}", "/image"),
        (b'{"image": "/9j/", "userid": "u-1"}', "/userid"),
        (b'{"image": "/9j/", "captured_at": "0001-01-01T00:00:00+14:00"}', "/captured_at"),
    ],
)
def test_a_malformed_body_is_answered_with_the_place_of_its_mistake(
    busy_server: LiveServer, body: bytes, pointer: str
) -> None:
    with busy_server.client("station", headers={"content-type": "application/json"}) as client:
        refused = problem(client.post(IDENTIFY, content=body))
    assert refused.code == "request-malformed"
    assert refused.errors is not None
    assert [error.pointer for error in refused.errors] == [pointer]


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"image": "\xff"}', b'{"image": "\\ud800"}', b"[" * 100_000, b"{} {}"]
)
def test_what_is_not_json_is_malformed(busy_server: LiveServer, body: bytes) -> None:
    with busy_server.client("station", headers={"content-type": "application/json"}) as client:
        refused = problem(client.post(IDENTIFY, content=body))
    assert (refused.code, refused.retry) == ("request-malformed", "never")


@pytest.mark.parametrize(
    ("query", "parameter"), [("limit=0", "limit"), ("limit=many", "limit"), ("after_position=-1", "after_position")]
)
def test_a_malformed_query_names_its_parameter(busy_server: LiveServer, query: str, parameter: str) -> None:
    with busy_server.client("staff") as client:
        refused = problem(client.get(f"/api/checkin/?{query}"))
    assert refused.errors is not None
    assert [error.parameter for error in refused.errors] == [parameter]


def test_a_full_queue_says_when_to_come_back(busy_server: LiveServer) -> None:
    with busy_server.client("station") as client:
        answer = client.post(IDENTIFY, json={"image": "/9j/"})
    refused = problem(answer)
    assert (refused.code, refused.retry, answer.status_code) == ("overloaded", "same_request", 503)
    assert float(answer.headers["retry-after"]) >= RETRY_AFTER_S


def test_a_check_in_that_waits_for_the_queue_is_seen_by_its_station_alone(busy_server: LiveServer) -> None:
    with busy_server.client("station") as client:
        client.post(IDENTIFY, json={"image": "/9j/AAAA", "burst_id": "waits"})
        mine = client.get(f"/api/checkin/{checkin_id(busy_server, 'waits')}/").json()
    assert (mine["status"], mine["emotion"], mine["identity"]) == ("processing", "awaited", None)
    assert mine["station_id"] == str(subject_of(busy_server, "station"))
    other = busy_server.run(busy_server.services.tokens.create("station", "another door"))
    with busy_server.client(headers={"authorization": f"Bearer {other.token}"}) as client:
        assert problem(client.get(f"/api/checkin/{mine['checkin_id']}/")).code == "checkin-not-found"
    with busy_server.client("staff") as client:
        assert client.get(f"/api/checkin/{mine['checkin_id']}/").status_code == 200


def test_an_emotion_waits_for_its_decision(busy_server: LiveServer) -> None:
    with busy_server.client("station") as client:
        client.post(IDENTIFY, json={"image": "/9j/BBBB", "burst_id": "undecided"})
        id = checkin_id(busy_server, "undecided")
        answer = client.post("/api/checkin/emotion/", json={"images": ["/9j/"] * 6, "checkin_id": id})
    assert problem(answer).code == "checkin-undecided"
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_the_sentence_comes_in_the_language_that_was_asked_for(busy_server: LiveServer, language: str) -> None:
    with busy_server.client("station", headers={"accept-language": language}) as client:
        answer = client.post(IDENTIFY, json={"image": "/9j/"})
        spoken = client.get("/problems/overloaded").json()["sentence"]
    assert problem(answer).sentence == spoken[language]
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept-Language"


def test_the_type_of_a_problem_leads_to_its_row(busy_server: LiveServer) -> None:
    with busy_server.client("station") as client:
        refused = problem(client.get("/nowhere/"))
        row = client.get(refused.type).json()
    assert (row["code"], row["status"], row["retry"]) == (refused.code, refused.status, refused.retry)


@pytest.mark.parametrize("missing", ["database", "migrations", "models"])
def test_readiness_names_the_part_that_is_missing(busy_server: LiveServer, missing: str) -> None:
    parts = {"database": True, "migrations": True, "models": True}
    busy_server.ready.now = Readiness(**{**parts, missing: False})
    try:
        with busy_server.client() as client:
            answer = client.get("/health/ready/")
            assert client.get("/health/live/").json() == {"status": "live"}
    finally:
        busy_server.ready.now = Readiness(**parts)
    refused = problem(answer)
    assert (refused.code, answer.status_code) == ("not-ready", 503)
    assert refused.errors is not None
    assert [error.pointer for error in refused.errors] == [f"/{missing}"]


def test_a_server_that_is_ready_says_so_part_by_part(busy_server: LiveServer) -> None:
    with busy_server.client() as client:
        assert client.get("/health/ready").json() == {
            "status": "ready",
            "database": True,
            "migrations": True,
            "models": True,
        }


def test_the_served_contract_is_the_published_one(busy_server: LiveServer) -> None:
    with busy_server.client() as client:
        answer = client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == openapi_document()


def checkin_id(server: LiveServer, burst_id: str) -> str:
    return str(check_in_id(subject_of(server, "station"), burst_id))
