"""What every answer means: only our server's own words settle a burst."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from edge_device.classify import (
    Answer,
    Declined,
    Never,
    NewCapture,
    Pause,
    Retry,
    Taken,
    Verdict,
    classify,
    retry_after_s,
)
from edge_device.contract import request_body
from edge_device.record import Record

CHECKIN = "0b5f3c5e-58a4-4f53-a7c2-8b6a1de0f001"
IDENTIFY = Record(
    sequence=1,
    burst_id="burst-1",
    boot_id="this boot",
    monotonic_ns=1,
    user_id=None,
    primary=2,
    jpegs=(b"0", b"1", b"2", b"3", b"4", b"5"),
    captured_at=None,
    checkin_id=None,
)
EMOTION = replace(IDENTIFY, checkin_id=CHECKIN)
IDENTITY = {"match": True, "confidence": 0.9, "decision": "match", "checkin_id": CHECKIN, "burst_id": "burst-1"}
MOOD = {"dominant_emotion": "happy", "checkin_id": CHECKIN}


def answer(status: int, document: object = None, *, kind: str = "application/json", **headers: str) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"content-type": kind, **named}, body)


def problem(status: int, code: str, retry: str, **more: object) -> Answer:
    return answer(status, {"code": code, "retry": retry, **more}, kind="application/problem+json; charset=utf-8")


def test_an_identity_that_echoes_our_burst_is_taken() -> None:
    assert isinstance(classify(answer(200, IDENTITY), IDENTIFY), Taken)


def test_an_emotion_that_echoes_our_check_in_is_taken() -> None:
    assert isinstance(classify(answer(200, MOOD), EMOTION), Taken)


@pytest.mark.parametrize(
    "document",
    [
        b"<html>Please log in</html>",
        b"",
        b"[]",
        json.dumps(IDENTITY).encode()[:-20],
        {**IDENTITY, "burst_id": "burst-2"},
        {key: value for key, value in IDENTITY.items() if key != "burst_id"},
        {**IDENTITY, "checkin_id": "not a uuid"},
        {**IDENTITY, "match": "yes"},
    ],
)
def test_success_that_is_not_our_answer_is_sent_again(document: object) -> None:
    verdict = classify(answer(200, document), IDENTIFY)
    assert verdict == Retry(reason="not-our-answer")


def test_an_emotion_of_another_check_in_is_not_ours() -> None:
    assert isinstance(classify(answer(200, {**MOOD, "checkin_id": "another"}), EMOTION), Retry)


@pytest.mark.parametrize("status", [408, 409, 421, 423, 425, 429, 500, 502, 503, 504, 507, 599])
def test_a_temporary_status_is_sent_again(status: int) -> None:
    assert isinstance(classify(answer(status), IDENTIFY), Retry)
    assert isinstance(classify(problem(status, "any", "same_request"), IDENTIFY), Retry)


def test_a_conflict_that_will_never_pass_is_final() -> None:
    assert isinstance(classify(problem(409, "candidate-not-enrolled", "never"), IDENTIFY), Never)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 405, 410, 415, 501, 505])
def test_a_wrong_token_or_address_pauses_the_station(status: int) -> None:
    assert isinstance(classify(answer(status), IDENTIFY), Pause)
    assert isinstance(classify(problem(status, "any", "never"), IDENTIFY), Pause)


@pytest.mark.parametrize("status", [400, 402, 407, 413, 418, 422, 451])
def test_a_refusal_that_is_not_our_servers_pauses_and_deletes_nothing(status: int) -> None:
    assert isinstance(classify(answer(status, b"<html>", kind="text/html"), IDENTIFY), Pause)


@pytest.mark.parametrize("status", [409, 413, 422])
def test_our_servers_never_is_final(status: int) -> None:
    verdict = classify(problem(status, "burst-id-reused", "never", detail="why"), IDENTIFY)
    assert verdict == Never(code="burst-id-reused", detail="why", sentence=None)


def test_a_capture_refusal_asks_for_a_new_capture_with_its_sentence() -> None:
    verdict = classify(
        problem(422, "image-blurred", "new_capture", sentence="Stand still.", value=3.5, limit=8, unit="laplacian"),
        IDENTIFY,
    )
    assert isinstance(verdict, NewCapture)
    assert (verdict.problem.sentence, verdict.problem.value, verdict.problem.limit) == ("Stand still.", 3.5, 8.0)


def test_a_refusal_that_says_same_request_is_sent_again() -> None:
    assert isinstance(classify(problem(422, "busy", "same_request"), IDENTIFY), Retry)


def test_an_emotion_that_is_declined_does_not_pause_the_station() -> None:
    assert isinstance(classify(problem(403, "emotion-not-consented", "never"), EMOTION), Declined)


def test_a_person_whom_nobody_knows_does_not_pause_the_station() -> None:
    assert isinstance(classify(problem(404, "candidate-unknown", "never"), IDENTIFY), Never)


def test_a_request_in_flight_says_nothing_about_the_link() -> None:
    verdict: Verdict = classify(problem(409, "checkin-undecided", "same_request"), IDENTIFY)
    assert isinstance(verdict, Retry)
    assert not verdict.link


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "999999"}, 3600.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:00 GMT", "date": "Sun, 22 Nov 2026 10:00:30 GMT"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_seconds_or_against_the_servers_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers) == seconds


def test_the_identify_request_carries_the_primary_frame_alone() -> None:
    request = json.loads(request_body(replace(IDENTIFY, user_id="ada", captured_at="2026-11-22T10:00:00.000Z")))
    assert request == {
        "image": "Mg==",
        "burst_id": "burst-1",
        "user_id": "ada",
        "captured_at": "2026-11-22T10:00:00.000Z",
    }


def test_an_unknown_time_is_left_out_of_the_request() -> None:
    assert "captured_at" not in json.loads(request_body(replace(IDENTIFY, captured_at="")))


def test_the_emotion_request_carries_six_frames_and_the_check_in() -> None:
    request = json.loads(request_body(EMOTION))
    assert (len(request["images"]), request["checkin_id"]) == (6, CHECKIN)
