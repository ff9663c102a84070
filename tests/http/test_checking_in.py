"""A check-in as a station lives it: drawn faces in, the contract's answers out, over warm models and a real record."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.demo import damage
from adapters.demo.bursts import Burst
from adapters.demo.cast import CAST, STRANGER, picture_of
from tests.application.watched import WatchedRecogniser
from tests.http.drawn_people import Json, in_base64, join_in, perform, register
from tests.http.live_server import LiveServer, subject_of
from tests.http.live_watching import watching

MIRA, BRUNO = CAST[0], CAST[1]


class Enrolled(msgspec.Struct, frozen=True):
    """Mira agreed to both purposes, Bruno to face recognition alone."""

    mira: UUID
    bruno: UUID


@pytest.fixture(scope="module")
def enrolled(warm_server: LiveServer) -> Enrolled:
    with warm_server.client("staff") as staff:
        register(staff, "no-photograph", "Nora", ["face"])
        return Enrolled(join_in(staff, MIRA, ["face", "emotion"]), join_in(staff, BRUNO, ["face"]))


@pytest.fixture(scope="module")
def station(warm_server: LiveServer, enrolled: Enrolled) -> Iterator[httpx.Client]:
    with warm_server.client("station") as client:
        yield client


@pytest.fixture(scope="module")
def mira() -> Burst:
    return perform(MIRA, "happy", seed=1)


def identify(station: httpx.Client, jpeg: bytes, **more: object) -> httpx.Response:
    return station.post("/api/checkin/identify/", json={"image": in_base64(jpeg)[0], **more})


def test_a_phone_is_told_of_processing_before_the_models_have_answered(
    warm_server: LiveServer, station: httpx.Client, enrolled: Enrolled, mira: Burst, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = WatchedRecogniser(warm_server.services.identify._recogniser)
    held.gate.clear()
    monkeypatch.setattr(warm_server.services.identify, "_recogniser", held)
    phone_token = warm_server.services.tokens.create("person", f"phone {uuid4()}", subject=enrolled.mira)
    with (
        watching(warm_server, "mine", warm_server.run(phone_token).token) as phone,
        ThreadPoolExecutor(1) as thread,
    ):
        phone.until_caught_up()
        answering = thread.submit(identity, station, mira.primary_frame, user_id=MIRA.user_id, burst_id=str(uuid4()))
        try:
            first = phone.next()
            assert not answering.done()
        finally:
            warm_server.loop.call_soon_threadsafe(held.gate.set)
        second = phone.next()
        answer = answering.result()
    assert (first["status"], second["status"]) == ("processing", "checked_in")
    assert first["checkin_id"] == second["checkin_id"] == answer["checkin_id"]


def read_emotion(station: httpx.Client, frames: tuple[bytes, ...], checkin_id: str) -> httpx.Response:
    return station.post("/api/checkin/emotion/", json={"images": in_base64(*frames), "checkin_id": checkin_id})


def identity(station: httpx.Client, jpeg: bytes, **more: object) -> Json:
    answer = identify(station, jpeg, **more)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def code(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    found: str = answer.json()["code"]
    return found


def test_somebody_enrolled_is_found_among_all(station: httpx.Client, enrolled: Enrolled, mira: Burst) -> None:
    answer = identity(station, mira.primary_frame, burst_id="found", captured_at="2026-11-22T08:00:00+01:00")
    assert (answer["match"], answer["decision"], answer["name"]) == (True, "match", MIRA.name)
    assert answer["identity_id"] == str(enrolled.mira)
    assert answer["confidence"] > 0.5
    assert answer["distance"] <= answer["threshold"]
    assert answer["burst_id"] == "found"
    assert answer["timings_ms"]["detect"] > 0


def test_a_claim_is_verified(station: httpx.Client, enrolled: Enrolled, mira: Burst) -> None:
    answer = identity(station, mira.primary_frame, burst_id="claimed", user_id=MIRA.user_id)
    assert (answer["match"], answer["identity_id"], answer["margin"]) == (True, str(enrolled.mira), None)


def test_the_two_calls_that_were_agreed_first_are_answered_to_the_letter(
    station: httpx.Client, enrolled: Enrolled, mira: Burst
) -> None:
    """`{"image", "user_id"}` and `{"images", "checkin_id"}`, with nothing more."""
    asked = {"image": in_base64(mira.primary_frame)[0], "user_id": MIRA.user_id}
    answer = station.post("/api/checkin/identify/", json=asked)
    assert answer.status_code == 200
    found = answer.json()
    assert found["match"] is True
    assert 0.5 < found["confidence"] <= 1.0
    assert found["identity_id"] == str(enrolled.mira)
    burst = {"images": in_base64(*mira.frames), "checkin_id": str(UUID(found["checkin_id"]))}
    answer = station.post("/api/checkin/emotion/", json=burst)
    assert answer.status_code == 200
    emotion = answer.json()
    assert emotion["probabilities"][emotion["dominant_emotion"]] == max(emotion["probabilities"].values())


def test_a_false_claim_is_a_mismatch_that_names_nobody(station: httpx.Client) -> None:
    stranger = perform(STRANGER, "neutral", seed=1).primary_frame
    answer = identity(station, stranger, burst_id="false-claim", user_id=BRUNO.user_id)
    assert (answer["match"], answer["decision"]) == (False, "mismatch")
    assert (answer["identity_id"], answer["name"]) == (None, None)
    assert answer["distance"] > answer["threshold"]
    assert answer["distance"] > answer["threshold"]


def test_a_stranger_is_unknown(station: httpx.Client) -> None:
    answer = identity(station, perform(STRANGER, "neutral", seed=1).primary_frame)
    assert (answer["match"], answer["decision"], answer["identity_id"]) == (False, "unknown", None)


def test_the_same_burst_again_is_answered_as_the_first_time(station: httpx.Client, mira: Burst) -> None:
    answers = [identify(station, mira.primary_frame, burst_id="again") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    timed = [answer.headers["server-timing"] for answer in answers]
    assert "detect;dur=" in timed[0]
    assert "detect;dur=" not in timed[1]


def test_retries_at_once_are_one_check_in(station: httpx.Client, mira: Burst) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: identity(station, mira.primary_frame, burst_id="at-once"), range(16)))
    assert all(answer == answers[0] for answer in answers)


def test_a_frame_without_a_burst_id_is_its_own_key(station: httpx.Client) -> None:
    frame = perform(MIRA, "neutral", seed=9).primary_frame
    assert identity(station, frame)["checkin_id"] == identity(station, frame)["checkin_id"]


def test_a_burst_id_is_not_used_twice(station: httpx.Client, mira: Burst) -> None:
    identity(station, mira.frames[0], burst_id="taken")
    assert code(identify(station, mira.frames[1], burst_id="taken"), 422) == "burst-id-reused"
    assert code(identify(station, mira.frames[0], burst_id="taken", user_id=MIRA.user_id), 422) == "burst-id-reused"


def test_a_claim_of_nobody_is_not_a_mismatch(station: httpx.Client, mira: Burst) -> None:
    assert code(identify(station, mira.frames[0], user_id="nobody"), 404) == "candidate-unknown"
    assert code(identify(station, mira.frames[0], user_id="no-photograph"), 409) == "candidate-not-enrolled"


def test_an_emotion_is_read_over_six_frames(station: httpx.Client, mira: Burst) -> None:
    checkin_id = identity(station, mira.primary_frame, burst_id="emotion")["checkin_id"]
    answer = read_emotion(station, mira.frames, checkin_id)
    assert answer.status_code == 200, answer.text
    emotion = answer.json()
    assert emotion["dominant_emotion"] == max(emotion["probabilities"], key=emotion["probabilities"].get)
    assert sum(emotion["probabilities"].values()) == pytest.approx(1.0, abs=1e-3)
    assert set(emotion["spread"]) == set(emotion["probabilities"])
    assert (emotion["frames"], emotion["checkin_id"]) == (6, checkin_id)
    assert emotion["timings_ms"]["classify"] > 0
    assert read_emotion(station, mira.frames, checkin_id).json() == emotion
    other = perform(MIRA, "neutral", seed=4).frames
    assert code(read_emotion(station, other, checkin_id), 409) == "emotion-already-recorded"


def test_no_emotion_is_read_without_consent(station: httpx.Client) -> None:
    bruno, stranger = perform(BRUNO, "happy", seed=2), perform(STRANGER, "happy", seed=2)
    for burst in (bruno, stranger):
        checkin_id = identity(station, burst.primary_frame)["checkin_id"]
        assert code(read_emotion(station, burst.frames, checkin_id), 403) == "emotion-not-consented"


def test_an_emotion_needs_a_check_in_of_this_station(
    warm_server: LiveServer, station: httpx.Client, mira: Burst
) -> None:
    assert code(read_emotion(station, mira.frames, str(uuid4())), 404) == "checkin-not-found"
    checkin_id = identity(station, mira.primary_frame, burst_id="mine")["checkin_id"]
    other = warm_server.run(warm_server.services.tokens.create("station", "the other door"))
    with warm_server.client(headers={"authorization": f"Bearer {other.token}"}) as client:
        assert code(read_emotion(client, mira.frames, checkin_id), 404) == "checkin-not-found"
        assert code(client.get(f"/api/checkin/{checkin_id}/"), 404) == "checkin-not-found"


def test_a_burst_in_one_call_answers_both(station: httpx.Client, enrolled: Enrolled) -> None:
    burst = perform(MIRA, "happy", seed=5)
    body = {"images": in_base64(*burst.frames), "primary": burst.primary, "burst_id": "one-call"}
    answer = station.post("/api/checkin/burst/", json=body)
    assert answer.status_code == 200, answer.text
    both = answer.json()
    assert both["identity"]["identity_id"] == str(enrolled.mira)
    assert both["emotion"]["checkin_id"] == both["identity"]["checkin_id"]
    assert both["emotion_problem"] is None
    assert station.post("/api/checkin/burst/", json=body).json() == both
    assert identity(station, burst.primary_frame, burst_id="one-call") == both["identity"]


def test_a_burst_in_one_call_says_why_there_is_no_emotion(station: httpx.Client, enrolled: Enrolled) -> None:
    burst = perform(BRUNO, "happy", seed=6)
    both = station.post("/api/checkin/burst/", json={"images": in_base64(*burst.frames)}).json()
    assert both["identity"]["identity_id"] == str(enrolled.bruno)
    assert both["emotion"] is None
    assert both["emotion_problem"]["code"] == "emotion-not-consented"


SPOILT = (
    "face-cut-off",
    "face-too-small",
    "image-blurred",
    "image-dark",
    "image-not-jpeg",
    "image-overexposed",
    "image-truncated",
    "no-face",
    "several-faces",
)


@cache
def spoilt() -> dict[str, bytes]:
    picture, other = picture_of(MIRA, "neutral"), picture_of(BRUNO, "neutral")
    return {
        "image-blurred": damage.blurred(picture.image, picture.face, seed=1).primary_frame,
        "image-overexposed": damage.overexposed(picture.image, picture.face, seed=1).primary_frame,
        "image-dark": damage.dark(picture.image, picture.face, seed=1).primary_frame,
        "face-too-small": damage.tiny_face(picture.image, picture.face, seed=1).primary_frame,
        "face-cut-off": damage.cut_off(picture.image, picture.face, seed=1).primary_frame,
        "several-faces": damage.two_faces(
            (picture.image, picture.face), (other.image, other.face), seed=1
        ).primary_frame,
        "no-face": damage.faceless(picture.image, seed=1).primary_frame,
        "image-truncated": damage.truncated(perform(MIRA, "neutral", seed=1)).primary_frame,
        "image-not-jpeg": b"not a picture",
    }


@pytest.mark.parametrize("refusal", SPOILT)
def test_a_spoilt_frame_is_refused_with_its_own_code(station: httpx.Client, mira: Burst, refusal: str) -> None:
    answer = identify(station, spoilt()[refusal], burst_id=f"spoilt-{refusal}")
    assert code(answer, 422) == refusal
    problem = answer.json()
    assert problem["frame"] == 0
    assert problem["sentence"]
    assert ("value" in problem) == ("limit" in problem)
    state = station.get(f"/api/checkin/{problem['checkin_id']}/").json()
    assert (state["status"], state["refusal"]["code"], state["identity"]) == ("refused", refusal, None)
    assert code(read_emotion(station, mira.frames, problem["checkin_id"]), 409) == "checkin-refused"


def test_a_refusal_says_what_was_measured_against_what(station: httpx.Client) -> None:
    problem = identify(station, spoilt()["image-blurred"], burst_id="measured").json()
    assert problem["value"] < problem["limit"]
    assert problem["unit"]


def test_frames_that_are_copies_show_no_emotion(station: httpx.Client, mira: Burst) -> None:
    checkin_id = identity(station, mira.primary_frame, burst_id="copies")["checkin_id"]
    answer = read_emotion(station, (mira.primary_frame,) * 6, checkin_id)
    assert code(answer, 422) == "frames-identical"
    assert answer.json()["checkin_id"] == checkin_id
    assert read_emotion(station, mira.frames, checkin_id).status_code == 200


def test_a_check_in_shows_its_way_but_not_its_emotion(
    warm_server: LiveServer, station: httpx.Client, mira: Burst
) -> None:
    found = identity(station, mira.primary_frame, burst_id="its-way", captured_at="2026-11-22T08:00:00+01:00")
    path = f"/api/checkin/{found['checkin_id']}/"
    before = station.get(path).json()
    assert (before["status"], before["emotion"], before["completed"]) == ("checked_in", "awaited", False)
    assert before["identity"] == found
    assert before["captured_at"] == "2026-11-22T07:00:00Z"
    read_emotion(station, mira.frames, found["checkin_id"])
    after = station.get(path).json()
    assert (after["emotion"], after["completed"]) == ("recorded", True)
    assert "happy" not in repr(after)
    with warm_server.client("staff") as staff:
        assert staff.get(path).json() == after


def test_staff_see_the_latest_check_ins_without_their_people(
    warm_server: LiveServer, station: httpx.Client, mira: Burst
) -> None:
    found = identity(station, mira.primary_frame, burst_id="listed")
    events = warm_server.run(warm_server.services.store.load_check_in(UUID(found["checkin_id"])))
    assert len(events) == 2
    with warm_server.client("staff") as staff:
        for _ in range(100):
            listed = staff.get("/api/checkin/?limit=5").json()
            mine = [one for one in listed["checkins"] if one["checkin_id"] == found["checkin_id"]]
            if mine and mine[0]["status"] == "checked_in":
                break
        assert mine[0]["station_id"] == str(subject_of(warm_server, "station"))
        assert mine[0]["confidence"] == pytest.approx(found["confidence"])
        assert MIRA.name not in repr(listed)
        assert listed["last_position"] >= mine[0]["position"]
        newer = staff.get(f"/api/checkin/?after_position={listed['last_position']}").json()
    assert newer == {"checkins": [], "last_position": listed["last_position"]}
