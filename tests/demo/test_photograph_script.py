"""A folder of photographs becomes people to enrol and bursts to play. Drawn pictures stand in for photographs here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from adapters.demo.appearance import invent
from adapters.demo.bursts import Image
from adapters.demo.drawn_face import draw_face
from adapters.demo.photograph_script import photograph_script
from adapters.demo.photographs import NoPhotographs, people_in, read_photograph
from adapters.photographs import LONGEST_SIDE_PX
from domain.face import Box
from tests.demo.pictures import PICTURE, decode, face_in, sharpness


def save(folder: Path, name: str, seed: int, *, turn: float = 0.0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(draw_face(invent(seed), "neutral", turn=turn).image).save(folder / name)


def everywhere(image: Image) -> Box:
    """The drawings' own place; the whole program finds faces with its detector."""
    return PICTURE.face


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(6):
        save(tmp_path / "ada_lovelace", f"{number}.jpg", 3, turn=0.02 * number)
    save(tmp_path / "Grace", "one.png", 8)
    save(tmp_path / "Grace", "two.webp", 8, turn=0.05)
    save(tmp_path / "linus", "only.jpeg", 12)
    (tmp_path / "linus" / "notes.txt").write_text("no picture")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_each_sub_folder_with_pictures_is_a_person(folder: Path) -> None:
    people = people_in(folder)
    assert [(person.user_id, person.name, len(person.files)) for person in people] == [
        ("Grace", "Grace", 2),
        ("ada_lovelace", "Ada Lovelace", 6),
        ("linus", "Linus", 1),
    ]


def test_the_first_photographs_are_enrolled_and_the_others_played(folder: Path) -> None:
    script = photograph_script(folder, everywhere)
    enrolled = {actor.user_id: [photograph.name for photograph in actor.photographs] for actor in script.actors}
    assert enrolled == {
        "Grace": ["one.png"],
        "ada_lovelace": ["0.jpg", "1.jpg", "2.jpg", "3.jpg"],
        "linus": ["only.jpeg"],
    }
    assert [scene.title for scene in script.scenes[:4]] == [
        "Grace (two.webp)",
        "Ada Lovelace (4.jpg)",
        "Ada Lovelace (5.jpg)",
        "Linus (only.jpeg)",
    ]
    assert all(scene.expected == "match" and scene.claimed is None for scene in script.scenes[:4])


def test_the_rest_of_the_play_has_a_claim_a_false_claim_a_stranger_and_two_bad_cameras(folder: Path) -> None:
    rest = photograph_script(folder, everywhere).scenes[4:]
    assert [(scene.expected, scene.claimed, scene.shows) for scene in rest] == [
        ("match", "Grace", "Grace"),
        ("mismatch", "ada_lovelace", "Grace"),
        ("unknown", None, None),
        ("image-blurred", None, "linus"),
        ("image-overexposed", None, "linus"),
    ]
    blurred = decode(rest[3].burst.primary_frame)
    assert sharpness(face_in(blurred, PICTURE)) < 6.0


def test_one_person_alone_is_not_mistaken_for_another(tmp_path: Path) -> None:
    save(tmp_path / "solo", "a.jpg", 3)
    script = photograph_script(tmp_path, everywhere)
    assert [scene.expected for scene in script.scenes] == [
        "match",
        "match",
        "unknown",
        "image-blurred",
        "image-overexposed",
    ]


def test_a_photograph_without_a_face_is_left_out_and_named(folder: Path) -> None:
    steps: list[str] = []
    faces = iter([None, None, *[PICTURE.face] * 8])
    script = photograph_script(folder, lambda _image: next(faces), lambda what, _done, _total: steps.append(what))
    assert steps[0] == "read Grace, without one.png"
    assert [photograph.name for photograph in script.actors[0].photographs] == ["two.webp"]


def test_a_tight_crop_is_given_room(tmp_path: Path) -> None:
    (tmp_path / "cropped").mkdir()
    Pillow.new("RGB", (120, 100), (90, 60, 50)).save(tmp_path / "cropped" / "face.png")
    looked_at: list[tuple[int, ...]] = []

    def only_where_there_is_room(image: Image) -> Box | None:
        looked_at.append(image.shape)
        return Box(150.0, 130.0, 250.0, 280.0) if image.shape[0] > 400 else None

    script = photograph_script(tmp_path, only_where_there_is_room)
    assert looked_at == [(100, 120, 3), (240 + 2 * 96, 288 + 2 * 96, 3)]
    assert decode(script.actors[0].photographs[0].jpeg).shape == looked_at[1]


def test_a_broken_file_is_left_out(folder: Path) -> None:
    (folder / "Grace" / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n but no picture")
    script = photograph_script(folder, everywhere)
    assert [photograph.name for photograph in script.actors[0].photographs] == ["two.webp"]


def test_a_folder_without_photographs_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NoPhotographs, match=r"<name>/\*\.jpg"):
        people_in(tmp_path)


def test_a_folder_without_faces_says_so(folder: Path) -> None:
    with pytest.raises(NoPhotographs, match="shows one face"):
        photograph_script(folder, lambda _image: None)


def test_a_photograph_is_turned_upright(tmp_path: Path) -> None:
    image = np.zeros((60, 100, 3), np.uint8)
    image[:, :50] = (250, 0, 0)
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.fromarray(image).save(tmp_path / "sideways.jpg", exif=exif, quality=95)
    upright = read_photograph(tmp_path / "sideways.jpg")
    assert upright is not None
    assert upright.shape == (100, 60, 3)
    assert upright[10, 30, 0] > 200
    assert upright[90, 30, 0] < 50


def test_a_large_photograph_is_scaled_down(tmp_path: Path) -> None:
    Pillow.new("RGB", (4000, 1000)).save(tmp_path / "wide.jpg")
    image = read_photograph(tmp_path / "wide.jpg")
    assert image is not None
    assert image.shape == (LONGEST_SIDE_PX // 4, LONGEST_SIDE_PX, 3)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_any_colour_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    Pillow.new("RGB", (64, 48), (200, 30, 30)).convert(mode).save(tmp_path / "picture.tif")
    image = read_photograph(tmp_path / "picture.tif")
    assert image is not None
    assert image.shape == (48, 64, 3)
