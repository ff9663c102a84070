"""What the engine sees in drawn faces: who is near whom, what is refused, and with which figures."""

from __future__ import annotations

import numpy as np
import pytest

from adapters.demo import damage
from adapters.demo.bursts import Burst
from adapters.demo.cast import CAST, picture_of
from application.ports import Look, Mood, Refused
from domain.emotion import EMOTIONS
from domain.face import Box
from domain.refusal import RefusalCode
from inference.assembly import open_engine
from inference.engine import Engine
from inference.weights import ModelStore
from tests.inference.bursts import BRUNO, MIRA, NOBODY, TAREK, burst, drawn


@pytest.fixture(scope="module")
def engine(model_store: ModelStore) -> Engine:
    engine = open_engine(model_store)
    engine.warm_up()
    return engine


def seen(engine: Engine, frame: bytes) -> Look:
    look = engine.look(frame, NOBODY)
    assert isinstance(look, Look), look
    return look


def test_every_drawn_person_is_nearer_to_themselves_than_to_anybody_else(engine: Engine) -> None:
    enrolled = np.stack([seen(engine, burst(member).primary_frame).embedding for member in CAST])
    for row, member in enumerate(CAST):
        again = engine.look(burst(member, seed=7).primary_frame, enrolled)
        assert isinstance(again, Look)
        assert int(np.argmin(again.distances)) == row


def test_distances_are_euclidean_and_in_the_order_of_the_templates(engine: Engine) -> None:
    look = seen(engine, burst(MIRA).primary_frame)
    others = np.stack([seen(engine, burst(member).primary_frame).embedding for member in (MIRA, BRUNO)])
    again = engine.look(burst(MIRA).primary_frame, others)
    assert isinstance(again, Look)
    assert np.allclose(again.distances, np.linalg.norm(others - look.embedding, axis=1), atol=2e-3)


def test_the_box_stands_where_the_face_was_drawn(engine: Engine) -> None:
    box = seen(engine, burst(MIRA).primary_frame).box
    assert (box.left + box.right) / 2 == pytest.approx(320, abs=30)
    assert 90 < box.height < 260


def test_a_look_times_every_stage(engine: Engine) -> None:
    timings = seen(engine, burst(MIRA).primary_frame).timings_ms
    assert list(timings) == ["decode", "detect", "quality", "align", "embed", "compare"]
    assert all(milliseconds > 0 for milliseconds in timings.values())


DAMAGED: dict[RefusalCode, Burst] = {
    "image-blurred": damage.blurred(*drawn(MIRA), seed=1),
    "image-overexposed": damage.overexposed(*drawn(MIRA), seed=1),
    "image-dark": damage.dark(*drawn(MIRA), seed=1),
    "face-too-small": damage.tiny_face(*drawn(MIRA), seed=1),
    "face-cut-off": damage.cut_off(*drawn(MIRA), seed=1),
    "several-faces": damage.two_faces(drawn(MIRA), drawn(BRUNO), seed=1),
}


@pytest.mark.parametrize("code", DAMAGED)
def test_each_damage_is_refused_by_its_own_code_with_value_and_limit(engine: Engine, code: RefusalCode) -> None:
    refused = engine.look(DAMAGED[code].primary_frame, NOBODY, frame=2)
    assert isinstance(refused, Refused)
    refusal = refused.refusal
    assert (refusal.code, refusal.frame) == (code, 2)
    assert refusal.value is not None
    assert refusal.limit is not None
    assert refusal.unit
    at_most = code in ("image-overexposed", "several-faces")
    assert refusal.value > refusal.limit if at_most else refusal.value < refusal.limit


def test_a_wall_shows_no_face(engine: Engine) -> None:
    refused = engine.look(damage.faceless(drawn(MIRA)[0], seed=1).primary_frame, NOBODY)
    assert isinstance(refused, Refused)
    assert refused.refusal.code == "no-face"


def test_a_truncated_frame_is_refused_before_anything_is_searched(engine: Engine) -> None:
    refused = engine.look(damage.truncated(burst(MIRA)).primary_frame, NOBODY)
    assert isinstance(refused, Refused)
    assert refused.refusal.code == "image-truncated"
    assert list(refused.timings_ms) == ["decode"]


def test_an_emotion_is_a_distribution_over_all_six_frames(engine: Engine) -> None:
    mood = engine.read_emotion(burst(TAREK).frames, seen(engine, burst(TAREK).primary_frame).box)
    assert isinstance(mood, Mood)
    assert mood.reading.frames == 6
    assert tuple(mood.reading.probabilities) == EMOTIONS == tuple(mood.reading.spread)
    assert sum(mood.reading.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert any(spread > 0 for spread in mood.reading.spread.values())
    assert list(mood.timings_ms) == ["decode", "follow", "crop", "classify"]


def test_a_smile_is_read_as_happier_than_no_smile(engine: Engine) -> None:
    from adapters.demo.bursts import make_burst

    happiness = {}
    for expression in ("neutral", "happy"):
        picture = picture_of(TAREK, expression)
        mood = engine.read_emotion(make_burst(picture.image, picture.face, seed=3).frames, None)
        assert isinstance(mood, Mood)
        happiness[expression] = mood.reading.probabilities["happy"]
    assert happiness["happy"] > happiness["neutral"] + 0.2


def test_the_face_is_found_without_being_told_where(engine: Engine) -> None:
    told = engine.read_emotion(burst(MIRA).frames, seen(engine, burst(MIRA).primary_frame).box)
    untold = engine.read_emotion(burst(MIRA).frames, None)
    assert isinstance(told, Mood)
    assert isinstance(untold, Mood)
    assert untold.reading.dominant == told.reading.dominant


def test_a_face_far_from_where_it_was_said_to_be_is_searched_for(engine: Engine) -> None:
    mood = engine.read_emotion(burst(MIRA).frames, Box(10, 10, 120, 150))
    assert isinstance(mood, Mood)
    assert mood.reading.frames == 6


def test_one_frame_sent_twice_is_no_burst(engine: Engine) -> None:
    frames = list(burst(MIRA).frames)
    frames[4] = frames[1]
    refused = engine.read_emotion(frames, None)
    assert isinstance(refused, Refused)
    assert (refused.refusal.code, refused.refusal.frame) == ("frames-identical", 4)
    assert (refused.refusal.value, refused.refusal.limit) == (5, 6)


def test_equal_pixels_in_different_files_are_found_too(engine: Engine) -> None:
    frames = list(burst(MIRA).frames)
    comment = b"\xff\xfe\x00\x06same"
    frames[5] = frames[0][:2] + comment + frames[0][2:]
    refused = engine.read_emotion(frames, None)
    assert isinstance(refused, Refused)
    assert refused.refusal.code == "frames-identical"


def test_a_face_in_three_of_six_frames_is_lost(engine: Engine) -> None:
    wall = damage.faceless(drawn(MIRA)[0], seed=1).frames
    refused = engine.read_emotion((*burst(MIRA).frames[:3], *wall[:3]), None)
    assert isinstance(refused, Refused)
    assert (refused.refusal.code, refused.refusal.frame) == ("face-lost", 3)
    assert (refused.refusal.value, refused.refusal.limit) == (3, 4)


def test_a_face_in_four_of_six_frames_is_enough(engine: Engine) -> None:
    wall = damage.faceless(drawn(MIRA)[0], seed=1).frames
    mood = engine.read_emotion((*burst(MIRA).frames[:4], *wall[:2]), None)
    assert isinstance(mood, Mood)
    assert mood.reading.frames == 4


def test_a_truncated_frame_of_a_burst_is_named(engine: Engine) -> None:
    frames = list(burst(MIRA).frames)
    frames[3] = frames[3][:900]
    refused = engine.read_emotion(frames, None)
    assert isinstance(refused, Refused)
    assert (refused.refusal.code, refused.refusal.frame) == ("image-truncated", 3)
