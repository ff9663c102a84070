"""The drawn cast's script: what it plays is consistent, and it is drawn only once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from adapters.demo.cast import CAST, SITTINGS, STRANGER
from adapters.demo.drawn_script import CUES, Cue, content_key, drawn_script
from adapters.demo.script import Scene, Script


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cast")


@pytest.fixture(scope="module")
def script(cache: Path) -> Script:
    return drawn_script(cache)


def test_everybody_enrolled_is_somebody_else_and_the_stranger_nobody() -> None:
    everybody = (*CAST, STRANGER)
    assert len(CAST) >= 6
    for part in ("user_id", "name", "seed"):
        assert len({getattr(member, part) for member in everybody}) == len(everybody)


def test_everybody_is_enrolled_with_each_sitting(script: Script) -> None:
    assert [actor.user_id for actor in script.actors] == [member.user_id for member in CAST]
    for actor in script.actors:
        assert [photograph.name for photograph in actor.photographs] == [sitting.name for sitting in SITTINGS]
        assert len({photograph.jpeg for photograph in actor.photographs}) == len(SITTINGS)


def test_everybody_enrolled_is_matched_at_least_once(script: Script) -> None:
    matched = Counter(scene.shows for scene in script.scenes if scene.expected == "match")
    assert set(matched) == {member.user_id for member in CAST}


def test_the_play_has_each_kind_of_answer(script: Script) -> None:
    kinds = Counter((scene.expected, scene.claimed is not None) for scene in script.scenes)
    assert kinds[("match", False)] >= 6
    assert kinds[("match", True)] >= 1
    assert kinds[("mismatch", True)] == 1
    assert kinds[("unknown", False)] == 1
    refusals = {scene.expected for scene in script.scenes} - {"match", "mismatch", "unknown"}
    assert {"image-blurred", "image-overexposed", "image-dark", "several-faces"} <= refusals


def test_what_is_expected_follows_from_who_stands_there_and_who_they_say_they_are(script: Script) -> None:
    enrolled = {actor.user_id for actor in script.actors}
    for scene in script.scenes:
        match scene.expected:
            case "match":
                assert scene.shows in enrolled
                assert scene.claimed in (None, scene.shows)
            case "mismatch":
                assert scene.claimed in enrolled
                assert scene.claimed != scene.shows
            case "unknown":
                assert scene.shows is None
            case _:
                assert scene.claimed is None


def test_no_two_scenes_share_a_title_or_a_frame(script: Script) -> None:
    assert len({scene.title for scene in script.scenes}) == len(script.scenes) == len(CUES)
    frames = [frame for scene in script.scenes for frame in scene.burst.frames]
    assert len(set(frames)) == len(frames) == 6 * len(CUES)


def test_a_second_script_comes_from_the_cache(cache: Path, script: Script) -> None:
    steps: list[tuple[str, int, int]] = []
    again = drawn_script(cache, lambda what, done, total: steps.append((what, done, total)))
    assert again == script
    assert not steps
    assert [kept.name for kept in cache.iterdir()] == [f"cast-{content_key()}.msgpack"]


def test_a_damaged_cache_is_drawn_again_to_the_same_bytes_with_progress(tmp_path: Path, script: Script) -> None:
    damaged = tmp_path / f"cast-{content_key()}.msgpack"
    damaged.write_bytes(msgspec.msgpack.encode(script)[:1000])
    steps: list[tuple[int, int]] = []
    assert drawn_script(tmp_path, lambda _what, done, total: steps.append((done, total))) == script
    total = len(CAST) + len(CUES)
    assert steps == [(done, total) for done in range(1, total + 1)]
    assert msgspec.msgpack.decode(damaged.read_bytes(), type=Script) == script


def test_a_cue_names_what_its_scene_shows(script: Script) -> None:
    def said(cue: Cue, scene: Scene) -> bool:
        return (cue.title, cue.expected, cue.expression) == (scene.title, scene.expected, scene.expression)

    assert all(said(cue, scene) for cue, scene in zip(CUES, script.scenes, strict=True))
