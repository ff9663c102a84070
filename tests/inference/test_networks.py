"""Each network gives, in torch and in ONNX Runtime, the numbers that its authors' own code gives."""

from __future__ import annotations

import hashlib
from pathlib import Path

import h5py
import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from inference.networks import LOADERS, load
from inference.networks.checkpoint import load_state
from inference.networks.dlib_file import read_layers
from inference.torchvision_compat import import_facenet_pytorch
from inference.weights.agreement import LIMITS, onnx_runtime, probes, torch_outputs
from inference.weights.artefacts import MANIFEST, REQUIRED, WebFile
from inference.weights.conversion import SIGNATURES, export
from inference.weights.errors import CorruptWeights, Disagreement, ModelsMissing
from inference.weights.fetching import fetch
from inference.weights.store import ModelStore
from inference.weights.verification import check, verify
from tests.inference.file_server import serving

NETWORKS = [name for name in REQUIRED if name in LOADERS]


@pytest.mark.models
@pytest.mark.parametrize("name", NETWORKS)
def test_onnx_runtime_torch_and_the_authors_agree(model_store: ModelStore, name: str) -> None:
    agreement = check(name, model_store.published(name), model_store.path(name))
    assert agreement is not None
    assert agreement.torch_to_reference is not None
    assert 0 <= agreement.onnx_to_torch <= LIMITS[name]
    assert 0 <= agreement.torch_to_reference <= LIMITS[name]


@pytest.mark.models
@pytest.mark.parametrize("name", NETWORKS)
def test_one_weight_that_is_a_little_off_is_found(model_store: ModelStore, tmp_path: Path, name: str) -> None:
    module = load(name, model_store)
    first = next(layer for layer in module.modules() if isinstance(layer, nn.Conv2d))
    first.weight.data[-1, 0, 0, 0] += 0.01 * first.weight.data.abs().max()
    export(name, module, tmp_path / "changed.onnx")
    with pytest.raises(Disagreement, match=f"{name} differs from torch by"):
        check(name, model_store.published(name), tmp_path / "changed.onnx")


@pytest.mark.models
@pytest.mark.parametrize(
    ("name", "pixels", "outputs"),
    [
        ("pnet", (1, 480, 640, 3), [(1, 4, 235, 315), (1, 235, 315)]),
        ("pnet", (3, 12, 12, 3), [(3, 4, 1, 1), (3, 1, 1)]),
        ("rnet", (7, 24, 24, 3), [(7, 4), (7,)]),
        ("onet", (7, 48, 48, 3), [(7, 4), (7,), (7, 10)]),
        ("resnet29", (3, 150, 150, 3), [(3, 128)]),
        ("mini_xception", (6, 64, 64), [(6, 7)]),
    ],
)
def test_any_batch_goes_through(
    model_store: ModelStore, name: str, pixels: tuple[int, ...], outputs: list[tuple[int, ...]]
) -> None:
    served = onnx_runtime(model_store.path(name))(np.zeros(pixels, np.uint8))
    assert [output.shape for output in served] == outputs
    assert [output.shape for output in torch_outputs(load(name, model_store), np.zeros(pixels, np.uint8))] == outputs
    assert all(np.isfinite(output).all() for output in served)


@pytest.mark.models
def test_probabilities_are_probabilities(model_store: ModelStore) -> None:
    for pixels in probes(SIGNATURES["mini_xception"].example, resizable=False):
        (probabilities,) = torch_outputs(load("mini_xception", model_store), pixels)
        assert probabilities.min() >= 0
        assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.models
def test_a_model_that_is_not_there_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ModelsMissing, match="facecheckin models fetch"):
        load("pnet", ModelStore(tmp_path))


@pytest.mark.models
def test_a_whole_store_is_sound_and_a_changed_byte_is_named(model_store: ModelStore, tmp_path: Path) -> None:
    copy = ModelStore(tmp_path, {name: MANIFEST[name] for name in ("rnet", "landmarks5")})
    for path in ("store.json", *(f"published/{a.file}" for a in copy.manifest.values()), "rnet.onnx", "landmarks5.dat"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes((model_store.folder / path).read_bytes())
    assert {verdict.name: verdict.problem for verdict in verify(copy)} == {"rnet": None, "landmarks5": None}
    content = bytearray(copy.path("rnet").read_bytes())
    content[len(content) // 2] ^= 1
    copy.path("rnet").write_bytes(content)
    problems = {verdict.name: verdict.problem for verdict in verify(copy)}
    assert problems["landmarks5"] is None
    assert problems["rnet"] == "rnet.onnx is missing or changed: delete it and run `facecheckin models fetch`"


# --- files that are not what they seem -----------------------------------------------------------


@pytest.mark.models
@pytest.mark.parametrize("name", [*NETWORKS, "facenet"])
@pytest.mark.parametrize("content", [b"", b"not weights at all", b"\x01\x05con_4\x01\x02" + b"\x08" * 9])
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "weights").write_bytes(content)
    with pytest.raises(CorruptWeights, match="weights does not hold this network's weights"):
        LOADERS[name](tmp_path / "weights")


@pytest.mark.models
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("share", [0.1, 0.6, 0.98])
def test_a_truncated_file_is_refused(model_store: ModelStore, tmp_path: Path, name: str, share: float) -> None:
    content = model_store.published(name).read_bytes()
    (tmp_path / "weights").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(CorruptWeights):
        LOADERS[name](tmp_path / "weights")


@pytest.mark.models
@pytest.mark.parametrize("name", NETWORKS)
def test_the_weights_of_another_network_are_refused(model_store: ModelStore, name: str) -> None:
    other = "onet" if name == "pnet" else "pnet"
    with pytest.raises(CorruptWeights):
        LOADERS[name](model_store.published(other))


class _Intruder:
    """What a stranger's pickle does when it is believed."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.mark,)


def test_code_inside_a_checkpoint_does_not_run(tmp_path: Path) -> None:
    torch.save({"weight": _Intruder(tmp_path / "ran"), "bias": torch.zeros(1)}, tmp_path / "checkpoint.pt")
    with pytest.raises(CorruptWeights):
        load_state(nn.Linear(1, 1), tmp_path / "checkpoint.pt")
    assert not (tmp_path / "ran").exists()
    # The same file does run its code where it is believed: the check above can fail.
    torch.load(tmp_path / "checkpoint.pt", weights_only=False)
    assert (tmp_path / "ran").exists()


@settings(max_examples=300, deadline=None)
@given(head=st.sampled_from([b"", b"\x01\x05con_4", b"\x01\x07affine_", b"\x01\x04fc_2"]), rest=st.binary(max_size=60))
def test_any_bytes_are_read_as_a_dlib_network_or_refused(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, rest: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.dat"
    path.write_bytes(head + rest)
    try:
        layers = read_layers(path)
    except CorruptWeights:
        return
    assert all(layer.parameters.nbytes <= len(rest) for layer in layers)


def test_a_tensor_that_claims_more_than_the_file_holds_takes_no_memory(tmp_path: Path) -> None:
    terabytes = b"\x01\x05con_4" + b"\x01\x02" + b"\x05\xff\xff\xff\xff\x7f" + b"\x01\x01" * 3
    (tmp_path / "huge.dat").write_bytes(terabytes)
    with pytest.raises(CorruptWeights, match="it ends at byte"):
        read_layers(tmp_path / "huge.dat")


@pytest.mark.models
def test_weights_that_are_not_numbers_are_refused(model_store: ModelStore, tmp_path: Path) -> None:
    path = tmp_path / "weights.hdf5"
    path.write_bytes(model_store.published("mini_xception").read_bytes())
    with h5py.File(path, "r+") as file:
        layer = file["model_weights/conv2d_7"]
        layer[layer.attrs["weight_names"][0]][0, 0, 0, 0] = np.nan
    with pytest.raises(CorruptWeights, match="conv2d_7 is not a finite number"):
        LOADERS["mini_xception"](path)


# --- facenet, whose published weights need a network ----------------------------------------------


def test_facenet_comes_over_a_bad_line_into_the_store(tmp_path: Path) -> None:
    """Random weights in the published file's form: its tensors, its old format, its classifier, its size."""
    network = facenet_network()
    torch.save(network.state_dict(), tmp_path / "checkpoint.pt", _use_new_zipfile_serialization=False)
    content = (tmp_path / "checkpoint.pt").read_bytes()
    # The old format names a tensor by its address in decimal, so that its length differs by a few bytes a tensor.
    assert len(content) == pytest.approx(MANIFEST["facenet"].bytes, rel=2e-4)
    with serving(content, cuts=[40_000_000]) as server:
        artefact = msgspec.structs.replace(
            MANIFEST["facenet"],
            source=WebFile(url=server.url()),
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        store = ModelStore(tmp_path / "store", {"facenet": artefact})
        assert fetch(store, ["facenet"]) == ["facenet"]
        assert server.requested == [None, "bytes=40000000-"]
    pixels = np.random.default_rng(3).integers(0, 256, (2, 160, 160, 3), np.uint8)
    (embedding,) = onnx_runtime(store.path("facenet"))(pixels)
    with torch.inference_mode():
        theirs = network((torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127.5) / 128).numpy()
    assert embedding.shape == (2, 512)
    assert np.allclose(np.linalg.norm(embedding, axis=1), 1, atol=1e-5)
    assert np.allclose(embedding, theirs, atol=1e-5)


def facenet_network() -> nn.Module:
    torch.manual_seed(5)
    network: nn.Module = import_facenet_pytorch().InceptionResnetV1(classify=True, num_classes=8631)
    network.classify = False  # type: ignore[assignment]  # theirs, a plain attribute
    return network.eval()
