"""Which frame is chosen, and which bursts are not worth sending."""

from __future__ import annotations

import time
from dataclasses import replace

from edge_device.camera import Burst, Frame
from edge_device.selection import Chosen, Hopeless, choose_primary, score_frame
from tests.station.pictures import blurred, brightened, burst, jpeg, scene


def chosen(one: Burst) -> int:
    choice = choose_primary(one)
    assert isinstance(choice, Chosen)
    return choice.primary


def reason(one: Burst) -> str:
    choice = choose_primary(one)
    assert isinstance(choice, Hopeless)
    return choice.reason


def test_the_sharp_frame_is_chosen_among_blurred_ones() -> None:
    soft = blurred(scene(), 2)
    assert chosen(burst(soft, soft, soft, scene(), soft, soft)) == 3


def test_a_well_lit_frame_is_chosen_before_an_overexposed_one_that_the_laplacian_prefers() -> None:
    good, glaring = scene(), brightened(scene(), 2.2, 20)
    scores = [score_frame(Frame(jpeg=jpeg(picture), monotonic_ns=0)) for picture in (good, glaring)]
    assert scores[1].sharpness > scores[0].sharpness
    assert chosen(burst(glaring, good, glaring)) == 1


def test_a_well_lit_frame_is_chosen_before_a_dark_one_that_relative_sharpness_prefers() -> None:
    good, dim = scene(), brightened(scene(), 0.15)
    scores = [score_frame(Frame(jpeg=jpeg(picture, 95), monotonic_ns=0)) for picture in (good, dim)]
    assert scores[1].sharpness / scores[1].mean ** 2 > 0.5 * scores[0].sharpness / scores[0].mean ** 2
    assert chosen(burst(dim, dim, good, dim)) == 2


def test_a_burst_of_blurred_frames_is_retaken() -> None:
    assert reason(burst(blurred(scene(), 12))) == "blurred"


def test_a_burst_in_the_dark_is_retaken_as_dark_and_not_as_blurred() -> None:
    assert reason(burst(brightened(scene(), 0.03))) == "dark"


def test_a_burst_against_the_light_is_retaken_as_overexposed() -> None:
    assert reason(burst(brightened(scene(), 4.0, 120))) == "overexposed"


def test_a_burst_that_no_decoder_reads_is_retaken_as_unreadable() -> None:
    garbage = Burst(frames=tuple(Frame(jpeg=b"no jpeg", monotonic_ns=0) for _ in range(6)))
    assert reason(garbage) == "unreadable"


def test_one_usable_frame_is_enough() -> None:
    good = burst(scene())
    garbage = Frame(jpeg=b"no jpeg", monotonic_ns=0)
    assert chosen(replace(good, frames=(*[garbage] * 5, good.frames[0]))) == 5


def test_every_reason_to_retake_has_a_sentence_for_the_person() -> None:
    for one in (burst(blurred(scene(), 12)), burst(brightened(scene(), 0.03)), burst(brightened(scene(), 4.0, 120))):
        choice = choose_primary(one)
        assert isinstance(choice, Hopeless)
        assert choice.sentence.endswith(".")


def test_luminance_from_the_camera_is_scored_without_decoding() -> None:
    frame = Frame(jpeg=b"not looked at", monotonic_ns=0, luminance=scene(width=320, height=240))
    assert score_frame(frame).flaw is None


def test_choosing_among_six_frames_takes_at_most_8_ms() -> None:
    one = burst(*[scene(seed) for seed in range(6)])
    choose_primary(one)
    taken_ms = []
    for _ in range(15):
        started_s = time.thread_time()
        choose_primary(one)
        taken_ms.append((time.thread_time() - started_s) * 1000)
    assert min(taken_ms) <= 8.0, taken_ms
