"""What holds on photographs of real people; skipped where they are not there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from adapters.demo import damage
from adapters.demo.bursts import Burst
from application.ports import Look, Refused
from benchmarks.accuracy import Sample, identify_trials, pairs
from benchmarks.photographs import PHOTOGRAPHS, Placed, identities, place
from domain.refusal import RefusalCode
from inference.assembly import open_engine
from inference.engine import Engine
from inference.thresholds import thresholds_of
from inference.weights import ModelStore
from tests.inference.bursts import NOBODY

pytestmark = [
    pytest.mark.photographs,
    pytest.mark.skipif(not PHOTOGRAPHS.is_dir(), reason="no photographs in ../shared/faces"),
]


@pytest.fixture(scope="module")
def engine(model_store: ModelStore) -> Engine:
    return open_engine(model_store)


@pytest.fixture(scope="module")
def people(engine: Engine) -> list[Placed]:
    return [placed for photograph in identities(PHOTOGRAPHS) if (placed := place(photograph, engine)) is not None]


@pytest.fixture(scope="module")
def samples(engine: Engine, people: list[Placed]) -> list[Sample]:
    found = []
    for seed, shown in enumerate(people):
        look = engine.look(shown.burst(seed).primary_frame, NOBODY)
        if isinstance(look, Look):
            person = f"{shown.photograph.group}/{shown.photograph.person}"
            found.append(Sample(person=person, group=shown.photograph.group, embedding=look.embedding))
    return found


def test_undamaged_photographs_are_hardly_ever_refused(people: list[Placed], samples: list[Sample]) -> None:
    assert len(people) >= 50
    assert len(samples) >= 0.98 * len(people)


def test_one_person_lies_nearer_than_two_people(samples: list[Sample]) -> None:
    assert pairs(samples).equal_error_rate() <= 0.005


def test_no_stranger_is_accepted_and_the_enrolled_are(samples: list[Sample]) -> None:
    trials = identify_trials(samples, thresholds_of("resnet-29.v1"))
    assert trials.strangers_accepted == 0
    assert trials.enrolled_as_another == 0
    assert trials.enrolled_accepted >= 0.97 * trials.enrolled


@pytest.mark.parametrize(
    ("folder", "code"), [("groups", "several-faces"), ("partial", "face-cut-off"), ("no-faces.jpg", "no-face")]
)
def test_the_pictures_that_show_no_single_whole_face_are_refused(
    engine: Engine, folder: str, code: RefusalCode
) -> None:
    place = PHOTOGRAPHS / folder
    for file in sorted(place.iterdir()) if place.is_dir() else [place]:
        refused = engine.look(file.read_bytes(), NOBODY)
        assert isinstance(refused, Refused)
        assert refused.refusal.code == code


@pytest.mark.parametrize("kind", ["image-blurred", "image-dark", "face-too-small", "face-cut-off", "several-faces"])
def test_damaged_photographs_are_nearly_all_refused_by_their_own_code(
    engine: Engine, people: list[Placed], kind: RefusalCode
) -> None:
    makers: dict[RefusalCode, Callable[..., Burst]] = {
        "image-blurred": damage.blurred,
        "image-dark": damage.dark,
        "face-too-small": damage.tiny_face,
        "face-cut-off": damage.cut_off,
    }
    codes = []
    for seed, shown in enumerate(people[::4]):
        if kind == "several-faces":
            burst = damage.two_faces((shown.image, shown.face), (people[seed].image, people[seed].face), seed=seed)
        else:
            burst = makers[kind](shown.image, shown.face, seed=seed)
        verdict = engine.look(burst.primary_frame, NOBODY)
        codes.append(verdict.refusal.code if isinstance(verdict, Refused) else "accepted")
    assert np.mean([code == kind for code in codes]) >= 0.8, codes
