"""With the real models: the cast is recognised as the script says, and spoilt bursts are refused by their code."""

from __future__ import annotations

import numpy as np
import pytest

from adapters.demo.drawn_script import draw_script
from adapters.demo.script import Scene, Script
from application.ports import Look, Mood, Refused
from inference.assembly import open_engine
from inference.engine import Engine
from inference.pixels import Floats
from inference.thresholds import thresholds_of
from inference.versions import IDENTITY_VERSIONS
from inference.weights import ModelStore

pytestmark = pytest.mark.models
NOBODY = np.zeros((0, 128), np.float32)
THRESHOLDS = thresholds_of(IDENTITY_VERSIONS["resnet-29"])


@pytest.fixture(scope="module")
def engine(model_store: ModelStore) -> Engine:
    return open_engine(model_store)


@pytest.fixture(scope="module")
def script() -> Script:
    return draw_script()


@pytest.fixture(scope="module")
def gallery(engine: Engine, script: Script) -> dict[str, Floats]:
    """The templates of each user id."""
    templates = {}
    for actor in script.actors:
        looks = [engine.look(photograph.jpeg, NOBODY) for photograph in actor.photographs]
        embeddings = [look.embedding for look in looks if isinstance(look, Look)]
        assert len(embeddings) == len(actor.photographs), f"{actor.name} could not be enrolled: {looks}"
        templates[actor.user_id] = np.stack(embeddings)
    return templates


def distances(look: Look | Refused, gallery: dict[str, Floats]) -> dict[str, float]:
    assert isinstance(look, Look), look
    return {
        user_id: float(np.linalg.norm(templates - look.embedding, axis=1).min())
        for user_id, templates in gallery.items()
    }


def judged(script: Script) -> list[Scene]:
    return [scene for scene in script.scenes if scene.expected in ("match", "mismatch", "unknown")]


def test_every_frame_of_every_burst_ends_as_the_script_says(
    engine: Engine, script: Script, gallery: dict[str, Floats]
) -> None:
    for scene in judged(script):
        for frame in scene.burst.frames:
            away = distances(engine.look(frame, NOBODY), gallery)
            nearest, runner_up = sorted(away.values())[:2]
            if scene.expected == "unknown":
                assert nearest > THRESHOLDS.identify, scene.title
            elif scene.expected == "mismatch":
                assert scene.claimed is not None
                assert away[scene.claimed] > THRESHOLDS.verify, scene.title
            else:
                assert scene.shows is not None
                assert away[scene.shows] == nearest <= THRESHOLDS.identify, scene.title
                assert runner_up - nearest > THRESHOLDS.margin, scene.title


def test_every_frame_of_a_spoilt_burst_is_refused_by_its_code(engine: Engine, script: Script) -> None:
    for scene in script.scenes:
        if scene not in judged(script):
            for frame in scene.burst.frames:
                look = engine.look(frame, NOBODY)
                assert isinstance(look, Refused), scene.title
                assert look.refusal.code == scene.expected, scene.title


def test_the_cast_stays_apart_and_each_one_near_themselves(
    engine: Engine, script: Script, gallery: dict[str, Floats]
) -> None:
    for scene in judged(script):
        away = distances(engine.look(scene.burst.primary_frame, NOBODY), gallery)
        others = [distance for user_id, distance in away.items() if user_id != scene.shows]
        assert min(others) >= 0.55, scene.title
        if scene.shows is not None:
            assert away[scene.shows] <= 0.35, scene.title


def test_who_smiles_is_read_as_happy(engine: Engine, script: Script) -> None:
    smiling = [scene for scene in judged(script) if scene.expression == "happy"]
    assert len(smiling) >= 3
    for scene in smiling:
        mood = engine.read_emotion(scene.burst.frames, None)
        assert isinstance(mood, Mood), scene.title
        assert mood.reading.dominant == "happy", scene.title
