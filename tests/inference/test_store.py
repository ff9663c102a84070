"""A store of models says truthfully what it holds, quickly, and without torch."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from inference.weights.artefacts import MANIFEST, REQUIRED
from inference.weights.errors import ModelsMissing, StoreUnreadable, UnknownModel
from inference.weights.store import ModelStore

PUBLISHED = b"published weights"
CONVERTED = b"converted weights, longer"


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return holding(tmp_path / "store", "pnet")


def holding(folder: Path, *names: str) -> ModelStore:
    """A store that keeps the named models, of small files that the manifest of this store asks for."""
    manifest = {
        name: msgspec.structs.replace(artefact, sha256=digest_of(PUBLISHED)) for name, artefact in MANIFEST.items()
    }
    store = ModelStore(folder, manifest)
    for name in names:
        with store.writing() as scratch:
            (scratch / "published").write_bytes(PUBLISHED)
            (scratch / "converted").write_bytes(CONVERTED)
            store.keep(name, scratch / "published", scratch / "converted", torch="2.13.0")
    return store


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_was_kept_is_there(store: ModelStore) -> None:
    store.require(["pnet"])
    assert store.path("pnet").read_bytes() == CONVERTED
    assert store.published("pnet").read_bytes() == PUBLISHED
    assert files(store.folder) == {".lock", "store.json", "pnet.onnx", "published/pnet.pt"}


def test_what_is_missing_is_named_with_the_command_that_gets_it(store: ModelStore) -> None:
    with pytest.raises(
        ModelsMissing, match=r"rnet, onet not in the model store .*: run `facecheckin models fetch`"
    ) as it:
        store.require(["pnet", "rnet", "onet"])
    assert it.value.names == ("rnet", "onet")


def test_an_optional_model_must_be_asked_for_by_name(store: ModelStore) -> None:
    with pytest.raises(ModelsMissing, match="run `facecheckin models fetch facenet`"):
        store.require(["facenet"])
    with pytest.raises(ModelsMissing, match="run `facecheckin models fetch rnet facenet`"):
        store.require(["pnet", "rnet", "facenet"])


def test_a_folder_that_does_not_exist_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelsMissing) as missing:
        ModelStore(tmp_path / "nowhere").require()
    assert missing.value.names == REQUIRED
    assert not (tmp_path / "nowhere").exists()


def test_an_unknown_name_is_answered_with_the_known_ones(store: ModelStore) -> None:
    with pytest.raises(UnknownModel, match="no model 'resnet'; there are pnet, rnet, onet, resnet29"):
        store.require(["resnet"])


def test_the_list_tells_what_is_there_and_how_large(store: ModelStore) -> None:
    listed = {line.artefact.name: (line.present, line.bytes) for line in store.list()}
    assert listed == {name: (name == "pnet", len(CONVERTED) if name == "pnet" else 0) for name in MANIFEST}


@pytest.mark.parametrize("path", ["pnet.onnx", "published/pnet.pt"])
def test_a_file_that_vanished_or_was_cut_short_counts_as_missing(store: ModelStore, path: str) -> None:
    whole = (store.folder / path).read_bytes()
    (store.folder / path).write_bytes(whole[:-1])
    assert store.models() == {}
    (store.folder / path).unlink()
    assert store.models() == {}
    (store.folder / path).write_bytes(whole)
    assert list(store.models()) == ["pnet"]


def test_a_model_made_from_another_file_than_the_manifest_names_counts_as_missing(store: ModelStore) -> None:
    assert ModelStore(store.folder, MANIFEST).models() == {}


def test_a_store_of_an_older_conversion_counts_as_empty(store: ModelStore) -> None:
    record = store.folder / "store.json"
    record.write_text(record.read_text().replace('"conversion": 1', '"conversion": 0'))
    assert store.models() == {}


@pytest.mark.parametrize("content", ["", "{", '{"conversion": 1, "models": {"pnet": {}}}', "[]"])
def test_a_damaged_record_is_a_sentence(store: ModelStore, content: str) -> None:
    (store.folder / "store.json").write_text(content)
    with pytest.raises(StoreUnreadable, match=r"store\.json is damaged .*: delete it and fetch again"):
        store.require(["pnet"])


def test_two_stores_of_the_same_models_have_the_same_record(tmp_path: Path) -> None:
    one, other = holding(tmp_path / "one", "pnet", "onet"), holding(tmp_path / "other", "onet", "pnet")
    assert (one.folder / "store.json").read_bytes() == (other.folder / "store.json").read_bytes()


def test_what_an_interrupted_writer_left_is_cleared_by_the_next(store: ModelStore) -> None:
    (store.folder / ".scratch-abandoned").mkdir()
    (store.folder / ".scratch-abandoned" / "half").write_bytes(b"half")
    with store.writing():
        pass
    assert files(store.folder) == {".lock", "store.json", "pnet.onnx", "published/pnet.pt"}


def test_a_second_writer_waits_for_the_first(store: ModelStore) -> None:
    order: list[str] = []

    def write() -> None:
        with store.writing():
            order.append("second")

    with store.writing():
        second = threading.Thread(target=write)
        second.start()
        second.join(0.3)
        order.append("first")
    second.join()
    assert order == ["first", "second"]


def test_serving_needs_no_torch(store: ModelStore) -> None:
    program = """
import sys
for name in ("torch", "torchvision", "onnx", "h5py", "facenet_pytorch", "httpx", "dlib"):
    sys.modules[name] = None
from pathlib import Path
from inference.weights import ModelsMissing, ModelStore
store = ModelStore(Path(sys.argv[1]))
try:
    store.require()
except ModelsMissing as missing:
    print(missing)
print(store.path("pnet"))
"""
    repository = Path(__file__).parent.parent.parent
    command = [sys.executable, "-c", program, str(store.folder)]
    finished = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert finished.stderr == ""
    assert finished.stdout.splitlines()[-1] == str(store.path("pnet"))
    assert "facecheckin models fetch" in finished.stdout
